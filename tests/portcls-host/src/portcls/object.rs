//! Objects of PortCls: each has some interfaces, one reference count, and faults once that is zero.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use crate::abi::guid::IID_UNKNOWN;
use crate::abi::{Guid, Status};
use crate::com::Com;
use crate::nt::{irql, locked};
use crate::region::{Access, Guarded};
use crate::{memory, verifier};

/// An interface: its identifiers, and its methods behind those of `IUnknown`.
pub(crate) struct Face {
    pub(crate) iids: &'static [Guid],
    pub(crate) methods: Vec<usize>,
}

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `IPortWaveRT`.
    WavePort,
    /// `IPortTopology`.
    TopologyPort,
    /// `IPortWaveRTStream`.
    PortStream,
    /// `IResourceList`, empty.
    Resources,
}

/// An object.
#[derive(Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    references: AtomicI64,
    /// A word for each interface.
    words: Guarded,
    _tables: Vec<Guarded>,
    iids: Vec<&'static [Guid]>,
    /// What it holds of the driver's.
    pub(crate) held: Mutex<Vec<Com>>,
}

/// By the address of each interface.
static OBJECTS: Mutex<BTreeMap<usize, Arc<Object>>> = Mutex::new(BTreeMap::new());

/// Objects without references, the oldest first.
static GONE: Mutex<VecDeque<Arc<Object>>> = Mutex::new(VecDeque::new());
/// How many of them are kept; each costs the process some mappings, of which it may have some ten thousands.
const QUARANTINE: usize = 256;

/// A reference of the host's own to one of its objects.
#[derive(Debug)]
pub struct Reference(Arc<Object>);

impl std::ops::Deref for Reference {
    type Target = Arc<Object>;

    fn deref(&self) -> &Arc<Object> {
        &self.0
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            release(self.0.address());
        }
    }
}

impl Object {
    /// Makes an object with one reference.
    pub(crate) fn create(kind: Kind, faces: Vec<Face>) -> Reference {
        let unknown =
            [query as *const () as usize, add_ref as *const () as usize, release as *const () as usize];
        let (mut tables, mut iids) = (Vec::new(), Vec::new());
        for face in faces {
            let words: Vec<_> = unknown.into_iter().chain(face.methods).collect();
            tables.push(Guarded::new(bytemuck::cast_slice(&words)).read_only());
            iids.push(face.iids);
        }
        let addresses: Vec<_> = tables.iter().map(Guarded::address).collect();
        let words = Guarded::new(bytemuck::cast_slice(&addresses)).read_only();
        let references = AtomicI64::new(1);
        let object =
            Arc::new(Self { kind, references, words, _tables: tables, iids, held: Mutex::default() });
        for face in 0..addresses.len() {
            locked(&OBJECTS).insert(object.address() + 8 * face, Arc::clone(&object));
        }
        Reference(object)
    }

    /// Its first interface.
    pub fn address(&self) -> usize {
        self.words.address()
    }

    /// Whose references there are.
    pub fn references(&self) -> i64 {
        self.references.load(Ordering::Relaxed)
    }

    /// A further reference of the host's.
    pub(crate) fn reference(self: &Arc<Self>) -> Reference {
        self.references.fetch_add(1, Ordering::Relaxed);
        Reference(Arc::clone(self))
    }
}

/// The object that `address` is an interface of.
pub(crate) fn find(what: &str, address: usize) -> Arc<Object> {
    locked(&OBJECTS).get(&address).cloned().unwrap_or_else(|| {
        verifier::violation(&format!("{what}: {address:#x} is no object of PortCls (any more)"))
    })
}

/// Objects that are still referenced.
pub fn live() -> Vec<Kind> {
    let mut objects: Vec<_> = locked(&OBJECTS).values().cloned().collect();
    objects.dedup_by(|a, b| Arc::ptr_eq(a, b));
    objects.iter().map(|object| object.kind).collect()
}

extern "win64" fn query(this: usize, iid: usize, out: usize) -> Status {
    irql::require("QueryInterface of PortCls", irql::PASSIVE);
    let object = find("QueryInterface", this);
    let iid: Guid = memory::read(iid);
    let face = object.iids.iter().position(|iids| iids.contains(&iid));
    let face = face.or((iid == IID_UNKNOWN).then_some(0));
    memory::write(out, face.map_or(0, |face| object.address() + 8 * face));
    if face.is_none() {
        return Status::INVALID_PARAMETER;
    }
    object.references.fetch_add(1, Ordering::Relaxed);
    Status::SUCCESS
}

extern "win64" fn add_ref(this: usize) -> u32 {
    irql::require("AddRef of PortCls", irql::DISPATCH);
    (find("AddRef", this).references.fetch_add(1, Ordering::Relaxed) + 1) as u32
}

extern "win64" fn release(this: usize) -> u32 {
    irql::require("Release of PortCls", irql::DISPATCH);
    let object = find("Release", this);
    let left = object.references.fetch_sub(1, Ordering::Relaxed) - 1;
    if left == 0 {
        irql::require("the last Release of PortCls", irql::PASSIVE);
        locked(&OBJECTS).retain(|_, other| !Arc::ptr_eq(other, &object));
        let held = std::mem::take(&mut *locked(&object.held));
        drop(held);
        object.words.protect(Access::None);
        // Its addresses stay unused for a while, so that whoever still has one of them gets a fault.
        let mut gone = locked(&GONE);
        gone.push_back(object);
        if gone.len() > QUARANTINE {
            gone.pop_front();
        }
    }
    left as u32
}
