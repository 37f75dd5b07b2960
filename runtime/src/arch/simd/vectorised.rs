//! Plain loops in this machine's vector instructions.

use super::work::Work;
#[cfg(target_arch = "x86_64")]
use crate::arch::x86::avx2::Avx2;

/// Runs `work`, in instructions that only this machine may have.
#[inline]
pub(crate) fn vectorised<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        return avx2.run(work);
    }
    work.run()
}
