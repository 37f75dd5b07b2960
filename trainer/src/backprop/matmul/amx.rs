//! Products by the tile unit of newer Intel server CPUs (AMX): sums of products of bf16, in f32.
//!
//! A factor whose numbers are exact in bf16 is one matrix of it: the activations, weights and scaled weights of integer arithmetic
//! are, so a forward pass is exact. Any other is the sum of two, which keeps 16 bits of a significand instead of the 24
//! of f32; the product of the two lower ones is left out.

use super::panels::{Factor, Panels, SIDE, SQUARE, Tile};
use super::{Strided, Target};
use crate::util::simd::wide;
use nix::libc;
use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::OnceLock;

/// Smaller products do not pay for the rearrangement of their factors.
const SMALLEST: usize = 16;

#[derive(Debug)]
#[repr(align(64))]
struct Aligned<T>(T);

/// Shapes of the tiles: each of 16 rows of 64 bytes.
const SHAPES: Aligned<[u8; 64]> = {
    let mut shapes = [0; 64];
    shapes[0] = 1;
    let mut tile = 0;
    while tile < 8 {
        shapes[16 + 2 * tile] = 64;
        shapes[48 + tile] = SIDE as u8;
        tile += 1;
    }
    Aligned(shapes)
};

/// Tiles of [`SHAPES`] on this thread. Compiled code leaves them alone, and the system keeps them with the thread's registers.
struct Tiles {
    /// Of this thread alone.
    _of_thread: PhantomData<*const ()>,
}

impl Tiles {
    /// # Panics
    /// When the tile unit is missing.
    fn new() -> Self {
        assert!(detected());
        // SAFETY: the CPU has the tiles and the system allows them. 64 bytes are read.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) SHAPES.0.as_ptr(), options(nostack, readonly, preserves_flags));
        }
        Self {
            _of_thread: PhantomData,
        }
    }

    /// The sum of the products of the tiles `depth` of pairs of panels, over a square of `target`, whose rows are `stride` numbers
    /// apart, or added to it.
    ///
    /// # Panics
    /// When the panels are not equally long, no tile is to be multiplied, or the square does not lie in `target`.
    fn sum<const TERMS: usize>(
        &self,
        target: &mut [f32],
        stride: usize,
        keep: bool,
        depth: &Range<usize>,
        terms: &[[&[Tile]; 2]; TERMS],
    ) {
        let tiles = terms[0][0].len();
        assert!(TERMS > 0 && tiles.is_multiple_of(2));
        assert!(depth.start < depth.end && depth.end <= tiles / 2);
        assert!(terms.iter().flatten().all(|panels| panels.len() == tiles));
        assert!(stride >= SQUARE && target.len() >= (SQUARE - 1) * stride + SQUARE);
        let addresses = terms.map(|term| term.map(|panels| panels[depth.start..].as_ptr()));
        // SAFETY: `self` has set the tiles up. Each term's pointers lead to
        // two panels of `tiles / 2` tiles of 16 rows of 64 bytes, of which those of `depth` are read and none written. Of `target` 32 rows
        // of 128 bytes are read and written, `stride` numbers apart; they lie in it.
        unsafe {
            asm!(
                "test {keep:e}, {keep:e}",
                "jz 2f",
                "tileloadd tmm0, [{upper} + {stride}]",
                "tileloadd tmm1, [{upper} + {stride} + 64]",
                "tileloadd tmm2, [{lower} + {stride}]",
                "tileloadd tmm3, [{lower} + {stride} + 64]",
                "jmp 3f",
                "2:",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "3:",
                "mov {row:e}, 64",
                "4:",
                "mov {a0}, [{terms}]",
                "mov {b0}, [{terms} + 8]",
                "add {terms}, 16",
                "lea {a1}, [{a0} + {panel}]",
                "lea {b1}, [{b0} + {panel}]",
                "mov {keep}, {depth}",
                "5:",
                "tileloadd tmm4, [{a0} + {row}]",
                "tileloadd tmm6, [{b0} + {row}]",
                "tileloadd tmm7, [{b1} + {row}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm5, [{a1} + {row}]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {a0}, 1024",
                "add {b0}, 1024",
                "add {b1}, 1024",
                "add {a1}, 1024",
                "sub {keep}, 1024",
                "jnz 5b",
                "dec {count}",
                "jnz 4b",
                "tilestored [{upper} + {stride}], tmm0",
                "tilestored [{upper} + {stride} + 64], tmm1",
                "tilestored [{lower} + {stride}], tmm2",
                "tilestored [{lower} + {stride} + 64], tmm3",
                row = out(reg) _,
                // Becomes the bytes left of a panel.
                keep = inout(reg) u64::from(keep) => _,
                upper = in(reg) target.as_mut_ptr(),
                lower = in(reg) target[SIDE * stride..].as_mut_ptr(),
                stride = in(reg) size_of::<f32>() * stride,
                terms = inout(reg) addresses.as_ptr() => _,
                count = inout(reg) TERMS => _,
                panel = in(reg) tiles / 2 * size_of::<Tile>(),
                depth = in(reg) depth.len() * size_of::<Tile>(),
                a0 = out(reg) _,
                a1 = out(reg) _,
                b0 = out(reg) _,
                b1 = out(reg) _,
                out("tmm0") _,
                out("tmm1") _,
                out("tmm2") _,
                out("tmm3") _,
                out("tmm4") _,
                out("tmm5") _,
                out("tmm6") _,
                out("tmm7") _,
                options(nostack),
            );
        }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: as before.
        unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) };
    }
}

thread_local! {
    static SCRATCH: RefCell<(Panels, Right)> = RefCell::default();
}

/// The right factor of products.
#[derive(Clone, Default, Debug)]
pub(super) struct Right(Panels);

impl Right {
    /// Takes the numbers of `matrix`.
    pub(super) fn fill(&mut self, matrix: Strided<'_>) {
        self.0.fill(Factor::Right, matrix);
    }
}

/// Whether a product of `[m, k]` and `[k, n]` is computed here.
pub(super) fn suits(m: usize, n: usize, k: usize) -> bool {
    m.min(n).min(k) >= SMALLEST && detected()
}

/// Whether the CPU has the tiles, and the system lets the process use them.
pub(super) fn detected() -> bool {
    static DETECTED: OnceLock<bool> = OnceLock::new();
    const TILE_DATA: libc::c_long = 18;
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const AMX_BF16_AND_TILE: u32 = 1 << 22 | 1 << 24;
    *DETECTED.get_or_init(|| {
        let cpu =
            __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & AMX_BF16_AND_TILE == AMX_BF16_AND_TILE;
        // SAFETY: the call changes nothing but what the system saves of this process's registers.
        cpu && unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) } == 0
    })
}

/// `factor * a * b` into `target`.
///
/// # Panics
/// When the tile unit is missing, or the shapes do not fit.
pub(super) fn product(target: Target<'_>, factor: f32, a: Strided<'_>, b: Strided<'_>) {
    let tiles = Tiles::new();
    SCRATCH.with_borrow_mut(|(left, right)| {
        left.fill(Factor::Left, a);
        right.fill(b);
        multiply(&tiles, target, factor, left, &right.0);
    });
}

/// `a * b` into `target`.
///
/// # Panics
/// As [`product`].
pub(super) fn product_prepared(target: Target<'_>, a: Strided<'_>, b: &Right) {
    let tiles = Tiles::new();
    SCRATCH.with_borrow_mut(|(left, _)| {
        left.fill(Factor::Left, a);
        multiply(&tiles, target, 1.0, left, &b.0);
    });
}

fn multiply(tiles: &Tiles, target: Target<'_>, factor: f32, left: &Panels, right: &Panels) {
    let mut sums = Aligned([[0.0; SQUARE]; SQUARE]);
    for i in 0..left.squares() {
        let [a, a_low] = left.square(i);
        let depth = left.depth(i);
        let squares = match target.lower {
            true => right.squares().min(i + 1),
            false => right.squares(),
        };
        for j in 0..squares {
            let [b, b_low] = right.square(j);
            let (row, col) = (i * SQUARE, j * SQUARE);
            let (rows, cols) = (
                (target.rows - row).min(SQUARE),
                (target.cols - col).min(SQUARE),
            );
            let at = row * target.stride + col;
            let whole = (rows, cols, factor) == (SQUARE, SQUARE, 1.0);
            let (to, stride, keep) = match whole {
                true => (&mut target.data[at..], target.stride, target.keep),
                false => (sums.0.as_flattened_mut(), SQUARE, false),
            };
            match (left.is_exact(), right.is_exact()) {
                (true, true) => tiles.sum(to, stride, keep, &depth, &[[a, b]]),
                (false, true) => tiles.sum(to, stride, keep, &depth, &[[a_low, b], [a, b]]),
                (true, false) => tiles.sum(to, stride, keep, &depth, &[[a, b_low], [a, b]]),
                (false, false) => {
                    tiles.sum(to, stride, keep, &depth, &[[a_low, b], [a, b_low], [a, b]])
                }
            }
            if !whole {
                let part = &mut target.data[at..];
                copy(
                    part,
                    target.stride,
                    cols,
                    target.keep,
                    factor,
                    &sums.0[..rows],
                );
            }
        }
    }
}

/// Writes part of the sums, times `factor`, over `target` or adds them to it.
fn copy(
    target: &mut [f32],
    stride: usize,
    cols: usize,
    keep: bool,
    factor: f32,
    sums: &[[f32; SQUARE]],
) {
    wide(
        #[inline(always)]
        || {
            for (target, sums) in target.chunks_mut(stride).zip(sums) {
                for (target, sum) in target[..cols].iter_mut().zip(sums) {
                    *target = if keep { *target } else { 0.0 } + factor * sum;
                }
            }
        },
    );
}
