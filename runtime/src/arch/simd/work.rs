//! Work for vector registers.

/// Plain loops, to be compiled for this machine's vector registers by `vectorised`.
///
/// A closure is one, and does while it is small enough to be inlined. Larger work is a type whose `run` is
/// `#[inline(always)]`, all the way down.
pub(crate) trait Work {
    type Output;
    fn run(self) -> Self::Output;
}

impl<R, F: FnOnce() -> R> Work for F {
    type Output = R;

    #[inline(always)]
    fn run(self) -> R {
        self()
    }
}
