//! One block of bytes, sized at run time, cut into the buffers of an engine.

use super::{Buffers, StateBuffer, StateTooSmall};
use crate::engine::Engine;
use crate::lut::Table;
use bytemuck::{Pod, pod_align_to_mut};
use formats::{MemoryPlan, Model};

/// Bytes that are enough for an arena, wherever it begins: those of the plan, and some to align it.
///
/// ```
/// # fn demo(model: &runtime::Model) {
/// let mut arena = vec![0; runtime::state::arena_bytes(&model.plan())];
/// let engine = runtime::Engine::in_arena(*model, &mut arena);
/// # }
/// ```
pub const fn arena_bytes(plan: &MemoryPlan) -> usize {
    plan.ram().saturating_add(align_of::<i32>() - 1)
}

impl<'s> Buffers<'s> {
    /// Cuts a block of memory, which may hold and begin anywhere, into the buffers of `plan`; also returns what is left of it.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut memory = [0; 16 * 1024];
    /// let (buffers, rest) = runtime::Buffers::in_arena(&poet::PLAN, &mut memory)?;
    /// let engine = runtime::Engine::new(poet::model()?, buffers)?;
    /// rest.fill(0); // free for anything else
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StateTooSmall`], with the bytes that the plan needs in this block.
    pub fn in_arena(
        plan: &MemoryPlan,
        arena: &'s mut [u8],
    ) -> Result<(Self, &'s mut [u8]), StateTooSmall> {
        let gap = arena.as_ptr().align_offset(align_of::<i32>());
        let too_small = StateTooSmall {
            buffer: StateBuffer::Arena,
            need: plan.ram().saturating_add(gap),
            have: arena.len(),
        };
        let (words, rest) = cut(arena, plan.words()).ok_or(too_small)?;
        let (tables, rest) = cut::<Table>(rest, plan.lut_count()).ok_or(too_small)?;
        let (bytes, rest) = cut(rest, plan.bytes()).ok_or(too_small)?;
        let (cache, rest) = cut(rest, plan.kv_cache).ok_or(too_small)?;
        let buffers = Self {
            words,
            bytes,
            cache,
            tables,
        };
        Ok((buffers, rest))
    }
}

impl<'m, 's> Engine<'m, 's> {
    /// An engine with nothing in its context, in one block of memory that is sized at run time, for models that are not known
    /// when the program is built. [`arena_bytes`] says how many bytes are enough; what they hold does not matter.
    ///
    /// ```
    /// use runtime::{Engine, Model};
    ///
    /// # fn demo(partition: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // A firmware has it in a static, once for all models that take turns.
    /// let mut arena = [0; 16 * 1024];
    /// let (model, _) = Model::parse_prefix(partition)?;
    /// let mut engine = Engine::in_arena(model, &mut arena)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StateTooSmall`], with the bytes that the model needs and there are.
    pub fn in_arena(model: Model<'m>, arena: &'s mut [u8]) -> Result<Self, StateTooSmall> {
        let (buffers, _) = Buffers::in_arena(&model.plan(), arena)?;
        Self::new(model, buffers)
    }
}

/// The first `count` values of `T` that lie aligned in `bytes`, and what is behind them.
fn cut<T: Pod>(bytes: &mut [u8], count: usize) -> Option<(&mut [T], &mut [u8])> {
    let length = size_of::<T>().checked_mul(count)?;
    let gap = bytes.as_ptr().align_offset(align_of::<T>());
    let (values, rest) = bytes.get_mut(gap..)?.split_at_mut_checked(length)?;
    let (_, values, _) = pod_align_to_mut(values);
    Some((values, rest))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;

    #[test]
    fn any_beginning_will_do_and_one_byte_less_will_not() {
        let file = include_bytes!("../../../firmware-examples/models/microbit.aut");
        let model = Model::parse(file).unwrap();
        let plan = model.plan();
        let mut memory = vec![0xA5; arena_bytes(&plan) + 4];
        for start in 0..4 {
            let arena = &mut memory[start..start + arena_bytes(&plan)];
            let gap = arena.as_ptr().align_offset(4);
            let (buffers, rest) = Buffers::in_arena(&plan, arena).unwrap();
            assert_eq!(rest.len(), 3 - gap);
            assert_eq!(
                (buffers.words.len(), buffers.tables.len()),
                (plan.words(), plan.lut_count())
            );
            assert_eq!(
                (buffers.bytes.len(), buffers.cache.len()),
                (plan.bytes(), plan.kv_cache)
            );
            let need = plan.ram() + gap;
            assert!(Engine::in_arena(model, arena_of(&mut memory, start, need)).is_ok());
            let error = Engine::in_arena(model, arena_of(&mut memory, start, need - 1));
            let (buffer, have) = (StateBuffer::Arena, need - 1);
            assert_eq!(error.unwrap_err(), StateTooSmall { buffer, need, have });
        }
        assert!(Engine::in_arena(model, &mut []).is_err());
    }

    fn arena_of(memory: &mut [u8], start: usize, bytes: usize) -> &mut [u8] {
        &mut memory[start..start + bytes]
    }
}
