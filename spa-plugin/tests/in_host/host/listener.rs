//! What a node answers when it is asked for its parameters.

use super::graph::Graph;
use libspa::pod::deserialize::PodDeserializer;
use libspa::pod::{Object, Pod, Value, ValueArray};
use libspa_sys as sys;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::ptr::null;

static EVENTS: sys::spa_node_events = sys::spa_node_events {
    version: sys::SPA_VERSION_NODE_EVENTS,
    info: None,
    port_info: None,
    result: Some(result),
    event: None,
};

/// Takes an answer down; `data` is the list.
unsafe extern "C" fn result(data: *mut c_void, _: c_int, code: c_int, type_: u32, result: *const c_void) {
    assert_eq!((code, type_), (0, sys::SPA_RESULT_TYPE_NODE_PARAMS));
    // SAFETY: the result is of the type that is named.
    let answer = unsafe { &*result.cast::<sys::spa_result_node_params>() };
    // SAFETY: the parameter is a whole POD during this call.
    let pod = unsafe { Pod::from_raw(answer.param) };
    let (_, value) = PodDeserializer::deserialize_any_from(pod.as_bytes()).expect("a whole POD");
    let Value::Object(object) = value else { panic!("{value:?} is no object") };
    // SAFETY: the list that `params` gave.
    unsafe { &*data.cast::<RefCell<Vec<Object>>>() }.borrow_mut().push(object);
}

impl Graph {
    /// All values of one of the node's parameters.
    pub(crate) fn params(&self, id: u32) -> Vec<Object> {
        let answers: RefCell<Vec<Object>> = RefCell::default();
        // SAFETY: a hook is plain data, and all zero until it is added.
        let mut hook: sys::spa_hook = unsafe { std::mem::zeroed() };
        let data = (&raw const answers).cast_mut().cast();
        // SAFETY: hook and list outlive the removal below; the events are constants.
        assert_eq!(unsafe { self.node.add_listener(&raw mut hook, &raw const EVENTS, data) }, 0);
        // SAFETY: no filter.
        assert_eq!(unsafe { self.node.enum_params(None, id, (0, u32::MAX), null()) }, 0);
        // SAFETY: the hook was added above.
        unsafe { sys::spa_hook_remove(&raw mut hook) };
        answers.into_inner()
    }

    /// The names and values in the node's `Props`.
    pub(crate) fn listed(&self) -> BTreeMap<String, Value> {
        let props = self.params(sys::SPA_PARAM_Props);
        let [props] = &props[..] else { panic!("{props:?}") };
        let list = props.properties.iter().find(|property| property.key == sys::SPA_PROP_params);
        let Some(Value::Struct(fields)) = list.map(|property| &property.value) else { panic!("{props:?}") };
        let pairs = fields.chunks_exact(2).map(|pair| match pair {
            [Value::String(name), value] => (name.clone(), value.clone()),
            other => panic!("{other:?}"),
        });
        pairs.collect()
    }

    /// One of these values as a user reads it.
    pub(crate) fn listed_text(&self, name: &str) -> String {
        match self.listed().remove(name) {
            Some(Value::String(text)) => text,
            Some(Value::Int(value)) => value.to_string(),
            Some(Value::Long(value)) => value.to_string(),
            Some(Value::Float(value)) => value.to_string(),
            other => panic!("{name} is {other:?}"),
        }
    }

    /// Sets such values, as `pw-cli set-param` does; the node's answer.
    pub(crate) fn set_listed(&self, fields: Vec<Value>) -> c_int {
        use super::pods::Pod;
        let property = libspa::pod::Property::new(sys::SPA_PROP_params, Value::Struct(fields));
        let props = Object {
            type_: sys::SPA_TYPE_OBJECT_Props,
            id: sys::SPA_PARAM_Props,
            properties: vec![property],
        };
        let pod = Pod::new(&Value::Object(props));
        // SAFETY: a whole POD.
        unsafe { self.node.set_param(None, sys::SPA_PARAM_Props, pod.as_ptr()) }
    }

    /// As [`set_listed`](Self::set_listed), for words and numbers as a user writes them.
    pub(crate) fn set_words(&self, words: &[&str]) -> c_int {
        self.set_listed(words.iter().map(|word| Value::String((*word).into())).collect())
    }
}

/// The words that a value lists.
pub(crate) fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Struct(fields) => fields.iter().flat_map(words).collect(),
        Value::ValueArray(ValueArray::None(_)) => Vec::new(),
        other => panic!("{other:?} is no word"),
    }
}
