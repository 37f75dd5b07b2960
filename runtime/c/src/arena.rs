//! The caller's memory, cut into what an engine works in.
#![allow(unsafe_code)]

use crate::session::Session;
use core::mem::{align_of, size_of};
use runtime::MemoryPlan;
use runtime::lut::Table;
use runtime::state::Buffers;

/// Bytes that are enough wherever the memory begins.
pub(crate) const fn bytes(plan: &MemoryPlan) -> usize {
    room::<Session>(1)
        .saturating_add(room::<i32>(plan.words()))
        .saturating_add(room::<Table>(plan.lut_count()))
        .saturating_add(room::<i8>(plan.bytes()))
        .saturating_add(room::<u8>(plan.kv_cache))
}

const fn room<T>(count: usize) -> usize {
    size_of::<T>()
        .saturating_mul(count)
        .saturating_add(align_of::<T>() - 1)
}

/// Memory that is not given out yet.
pub(crate) struct Arena {
    start: *mut u8,
    left: usize,
}

impl Arena {
    /// # Safety
    /// `start` must point to `left` bytes that nothing else uses for as long as what is cut from them is used.
    pub(crate) const unsafe fn new(start: *mut u8, left: usize) -> Self {
        Self { start, left }
    }

    /// Room for `count` values of `T`; `None` when there is too little.
    pub(crate) fn take<T>(&mut self, count: usize) -> Option<*mut T> {
        let gap = self.start.align_offset(align_of::<T>());
        let need = size_of::<T>().checked_mul(count)?.checked_add(gap)?;
        self.left = self.left.checked_sub(need)?;
        let place = self.start.wrapping_add(gap).cast();
        self.start = self.start.wrapping_add(need);
        Some(place)
    }

    fn filled<T: Copy>(&mut self, count: usize, value: T) -> Option<&'static mut [T]> {
        let start = self.take::<T>(count)?;
        for index in 0..count {
            // SAFETY: `take` gave out aligned room for `count` values.
            unsafe { start.wrapping_add(index).write(value) };
        }
        // SAFETY: all `count` values are written, and nobody else has this memory (`new`).
        Some(unsafe { core::slice::from_raw_parts_mut(start, count) })
    }

    /// The buffers of an engine, cleared.
    pub(crate) fn buffers(&mut self, plan: &MemoryPlan) -> Option<Buffers<'static>> {
        Some(Buffers {
            words: self.filled(plan.words(), 0)?,
            tables: self.filled(plan.lut_count(), Table::EMPTY)?,
            bytes: self.filled(plan.bytes(), 0)?,
            cache: self.filled(plan.kv_cache, 0)?,
        })
    }
}
