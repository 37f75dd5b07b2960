//! A model and its state in the caller's memory.
#![allow(unsafe_code)]

use crate::error::{Error, number};
use core::ffi::c_void;
use core::ops::{Deref, DerefMut};
use runtime::state::arena_bytes;
use runtime::{Engine, MemoryPlan, Model, Sampler, Sampling};

/// Stands at the start of every session: other memory is recognised, but by accident.
const MARK: u32 = 0x4155_5431;

/// Called after each layer of work, some milliseconds apart on a microcontroller: feed a watchdog, or let other tasks run.
/// It must return; a call of its session is AUTARKY_BUSY.
pub type Between = Option<extern "C" fn(*mut c_void)>;

/// A model under way. Lies at the start of the state that the caller gives to autarky_open.
pub struct Handle {
    mark: u32,
    /// Whether a call is at work. It lies outside of `session`, which that call holds alone.
    busy: bool,
    session: Session,
}

/// What calls work with.
pub(crate) struct Session {
    pub(crate) engine: Engine<'static, 'static>,
    pub(crate) sampler: Sampler,
    between: Between,
    between_argument: *mut c_void,
}

impl Session {
    /// What to call after each layer.
    pub(crate) fn between(&self) -> impl FnMut() + use<> {
        let (function, argument) = (self.between, self.between_argument);
        move || {
            if let Some(function) = function {
                function(argument);
            }
        }
    }
}

/// A session that is this call's alone, for as long as this lives.
pub(crate) struct Working<'s> {
    busy: *mut bool,
    session: &'s mut Session,
}

impl Deref for Working<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for Working<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        // SAFETY: `of` wrote the same place, of which nobody has a reference.
        unsafe { self.busy.write(false) }
    }
}

/// The session behind a pointer, unless a call of it is at work.
///
/// # Safety
/// A pointer that is not null must be one that `autarky_open` gave, or point to readable memory of a session's size, and no
/// other thread may use the session meanwhile.
pub(crate) unsafe fn of<'s>(handle: *mut Handle) -> Result<Working<'s>, Error> {
    if handle.is_null() {
        return Err(Error::AUTARKY_NULL);
    }
    // SAFETY: readable by this function's contract; the field is read alone, since the rest may be anything.
    let mark = handle.is_aligned() && unsafe { (&raw const (*handle).mark).read() } == MARK;
    if !mark {
        return Err(Error::AUTARKY_NOT_OPEN);
    }
    // SAFETY: `autarky_open` wrote it, and references are to the session beside it alone.
    let busy = unsafe { &raw mut (*handle).busy };
    // SAFETY: as above.
    if unsafe { busy.replace(true) } {
        return Err(Error::AUTARKY_BUSY);
    }
    // SAFETY: `autarky_open` wrote it; no call is at work, so that no other reference lives.
    let session = unsafe { &mut (*handle).session };
    Ok(Working { busy, session })
}

/// Bytes behind a pointer.
///
/// # Safety
/// A pointer that is not null must point to `len` readable bytes that nobody changes while they are used.
pub(crate) unsafe fn input<'i>(bytes: *const c_void, len: usize) -> Result<&'i [u8], Error> {
    match (bytes.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Error::AUTARKY_NULL),
        (false, len) if len >= i32::MAX as usize => Err(Error::AUTARKY_TOO_LONG),
        // SAFETY: by this function's contract.
        (false, len) => Ok(unsafe { core::slice::from_raw_parts(bytes.cast(), len) }),
    }
}

/// Room behind a pointer, cleared: a C program's buffer may never have been written.
///
/// # Safety
/// A pointer that is not null must point to `cap` bytes that nobody else uses meanwhile.
pub(crate) unsafe fn output<'o>(bytes: *mut c_void, cap: usize) -> Result<&'o mut [u8], Error> {
    match (bytes.is_null(), cap) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(Error::AUTARKY_NULL),
        (false, cap) => {
            let cap = cap.min(i32::MAX as usize);
            let bytes = bytes.cast::<u8>();
            // SAFETY: room for `cap` bytes by this function's contract.
            unsafe { bytes.write_bytes(0, cap) };
            // SAFETY: written a line above, and nobody else's by this function's contract.
            Ok(unsafe { core::slice::from_raw_parts_mut(bytes, cap) })
        }
    }
}

/// An input and an output of one call that share bytes.
pub(crate) fn apart(
    input: (*const c_void, usize),
    output: (*mut c_void, usize),
) -> Result<(), Error> {
    let (a, b) = (input.0.addr(), output.0.addr());
    let shared = input.1 != 0
        && output.1 != 0
        && a < b.saturating_add(output.1)
        && b < a.saturating_add(input.1);
    if shared {
        Err(Error::AUTARKY_OVERLAP)
    } else {
        Ok(())
    }
}

/// The version of this interface: major in the upper 16 bits, minor in the lower ones.
#[unsafe(no_mangle)]
pub extern "C" fn autarky_version() -> u32 {
    1
}

/// Bytes of state that a model needs, wherever they begin; 0 when this is no model file. Reads the whole file and checks it.
///
/// # Safety
/// `model` must be null or point to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_state_size(model: *const c_void, len: usize) -> usize {
    // SAFETY: by this function's contract.
    let file = unsafe { input(model, len) };
    let model = file.ok().and_then(|file| Model::parse(file).ok());
    model.map_or(0, |model| state_bytes(&model.plan()))
}

/// Opens a session in `state`, which can begin anywhere. The model file is read where it lies, in flash for instance. Both
/// must stay where they are, unchanged, while the session is used; to close it, stop using it. 0, or an error's number.
///
/// # Safety
/// `session` must be null or point to room for a pointer, `model` and `state` must be null or point to as many bytes as is said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_open(
    session: *mut *mut Handle,
    model: *const c_void,
    model_len: usize,
    state: *mut c_void,
    state_len: usize,
) -> i32 {
    if session.is_null() || model.is_null() || state.is_null() {
        return Error::AUTARKY_NULL as i32;
    }
    // SAFETY: by this function's contract.
    let file = unsafe { input(model, model_len) };
    // SAFETY: by this function's contract; the caller leaves the state to the session.
    match file.and_then(|file| unsafe { open(file, state, state_len) }) {
        Ok(opened) => {
            // SAFETY: not null, and room for a pointer by this function's contract.
            unsafe { session.write(opened) };
            0
        }
        Err(error) => error as i32,
    }
}

/// Bytes of state that are enough wherever they begin: the session, and what its engine works in.
const fn state_bytes(plan: &MemoryPlan) -> usize {
    (size_of::<Handle>() + align_of::<Handle>() - 1).saturating_add(arena_bytes(plan))
}

/// # Safety
/// `state` must point to `len` bytes that nothing else uses for as long as the session is used.
unsafe fn open(file: &'static [u8], state: *mut c_void, len: usize) -> Result<*mut Handle, Error> {
    let model = Model::parse(file).map_err(|_| Error::AUTARKY_NOT_A_MODEL)?;
    // SAFETY: by this function's contract.
    let memory: &'static mut [u8] = unsafe { output(state, len.min(state_bytes(&model.plan()))) }?;
    let gap = memory.as_ptr().align_offset(align_of::<Handle>());
    let (place, arena) = memory
        .get_mut(gap..)
        .and_then(|memory| memory.split_at_mut_checked(size_of::<Handle>()))
        .ok_or(Error::AUTARKY_STATE_TOO_SMALL)?;
    let engine = Engine::in_arena(model, arena).map_err(|_| Error::AUTARKY_STATE_TOO_SMALL)?;
    let handle = Handle {
        mark: MARK,
        busy: false,
        session: Session {
            engine,
            sampler: Sampler::new(Sampling::DEFAULT, 1),
            between: None,
            between_argument: core::ptr::null_mut(),
        },
    };
    let place = place.as_mut_ptr().cast::<Handle>();
    // SAFETY: aligned room for one handle.
    unsafe { place.write(handle) };
    Ok(place)
}

/// Has `function` called after each layer of all later work, with `argument`; null for none. 0, or an error's number.
///
/// # Safety
/// `session` must be null or what autarky_open gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_between(
    session: *mut Handle,
    function: Between,
    argument: *mut c_void,
) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.map(|mut session| {
        session.between = function;
        session.between_argument = argument;
        0
    }))
}

/// Forgets the text so far. 0, or an error's number.
///
/// # Safety
/// `session` must be null or what autarky_open gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_reset(session: *mut Handle) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.map(|mut session| {
        session.engine.reset();
        0
    }))
}
