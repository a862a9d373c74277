//! What all answers share.

use bytemuck::{NoUninit, bytes_of};

use crate::{
    bytes::read,
    com::property::{Refusal, Request},
    sys::{
        guid::KSPROPTYPESETID_General,
        ks::{
            KSIDENTIFIER, KSPROPERTY_DESCRIPTION, KSPROPERTY_MEMBER_STEPPEDRANGES, KSPROPERTY_MEMBERSHEADER,
            KSPROPERTY_STEPPING_LONG, KSPROPERTY_TYPE_BASICSUPPORT, KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET,
        },
        status::{STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER},
    },
};

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    Get,
    Set,
    BasicSupport,
}

impl Verb {
    /// Basic support comes first: its bit may stand beside others.
    pub(super) fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        let is = |bit| request.verb & bit != 0;
        match () {
            () if is(KSPROPERTY_TYPE_BASICSUPPORT) => Ok(Self::BasicSupport),
            () if is(KSPROPERTY_TYPE_GET) => Ok(Self::Get),
            () if is(KSPROPERTY_TYPE_SET) => Ok(Self::Set),
            () => Err(STATUS_INVALID_DEVICE_REQUEST.into()),
        }
    }
}

/// Gives `value` to a client that asked for it or for its length.
pub(super) fn give<T: NoUninit>(request: &mut Request<'_>, value: &T) -> Result<u32, Refusal> {
    put(request, bytes_of(value))
}

/// The same for bytes.
pub(super) fn put(request: &mut Request<'_>, bytes: &[u8]) -> Result<u32, Refusal> {
    let length = bytes.len() as u32;
    if request.value_bytes == 0 {
        return Err(Refusal::length(length));
    }
    if request.value_bytes < length {
        return Err(STATUS_BUFFER_TOO_SMALL.into());
    }
    let room = request.value.get_mut(..bytes.len()).ok_or(STATUS_INVALID_PARAMETER)?;
    room.copy_from_slice(bytes);
    Ok(length)
}

/// The number that a client sets, at the start of the value.
pub(super) fn taken(request: &Request<'_>) -> Result<i32, Refusal> {
    if request.value_bytes < size_of::<i32>() as u32 {
        return Err(STATUS_BUFFER_TOO_SMALL.into());
    }
    read(request.value, 0).ok_or_else(|| STATUS_INVALID_PARAMETER.into())
}

/// The pin that a request is about.
pub(super) fn pin(request: &Request<'_>) -> Result<u32, Refusal> {
    read(request.instance, 0).ok_or_else(|| STATUS_INVALID_PARAMETER.into())
}

/// Values that a property can have on each of `channels` channels.
#[derive(Clone, Copy)]
pub(super) struct Values {
    pub(super) kind: u32,
    pub(super) range: KSPROPERTY_STEPPING_LONG,
    pub(super) channels: u16,
    pub(super) flags: u32,
}

/// Tells which verbs a property has, and its values if there is room for them.
pub(super) fn support(
    request: &mut Request<'_>,
    verbs: u32,
    values: Option<&Values>,
) -> Result<u32, Refusal> {
    const HEAD: usize = size_of::<KSPROPERTY_DESCRIPTION>();
    let all = values.map_or(0, |values| {
        size_of::<KSPROPERTY_MEMBERSHEADER>()
            + usize::from(values.channels) * size_of::<KSPROPERTY_STEPPING_LONG>()
    });
    let access = verbs | KSPROPERTY_TYPE_BASICSUPPORT;
    let description = KSPROPERTY_DESCRIPTION {
        AccessFlags: access,
        DescriptionSize: (HEAD + all) as u32,
        PropTypeSet: KSIDENTIFIER {
            Set: KSPROPTYPESETID_General,
            Id: values.map_or(0, |values| values.kind),
            Flags: 0,
        },
        MembersListCount: u32::from(values.is_some()),
        Reserved: 0,
    };
    let room = request.value_bytes as usize;
    if room < size_of::<u32>() {
        return Err(STATUS_BUFFER_TOO_SMALL.into());
    }
    if room < HEAD {
        return give(request, &access);
    }
    give(request, &description)?;
    if let Some(values) = values.filter(|_| room >= HEAD + all) {
        let list = request.value.get_mut(HEAD..HEAD + all).ok_or(STATUS_INVALID_PARAMETER)?;
        let header = KSPROPERTY_MEMBERSHEADER {
            MembersFlags: KSPROPERTY_MEMBER_STEPPEDRANGES,
            MembersSize: size_of::<KSPROPERTY_STEPPING_LONG>() as u32,
            MembersCount: u32::from(values.channels),
            Flags: values.flags,
        };
        let (head, members) =
            list.split_at_mut_checked(size_of_val(&header)).ok_or(STATUS_INVALID_PARAMETER)?;
        head.copy_from_slice(bytes_of(&header));
        for member in members.chunks_exact_mut(size_of_val(&values.range)) {
            member.copy_from_slice(bytes_of(&values.range));
        }
        return Ok((HEAD + all) as u32);
    }
    Ok(HEAD as u32)
}
