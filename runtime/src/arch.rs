//! The kernels of one core each, one folder a core, and what several of them share.
//!
//! | module | for |
//! |---|---|
//! | `armv6m` | Cortex-M0, M0+, M1, M23: assembly |
//! | `armv7m` | Cortex-M3, M4, M7, M33: assembly |
//! | `riscv32` | RV32I and its extensions: assembly |
//! | `x86` | AVX-512, AVX2 and SSSE3: byte shuffles |
//! | `aarch64` | NEON: byte shuffles |
//! | `wasm32` | SIMD of WebAssembly: byte shuffles |
//! | `assembly` | shared by the assembly kernels: the arguments of their loops, and the checked doors to them |
//! | `simd` | shared by the vector kernels |

#[cfg(target_arch = "aarch64")]
pub(crate) mod aarch64;
#[cfg(kernel = "armv6m")]
mod armv6m;
#[cfg(kernel = "armv7m")]
mod armv7m;
#[cfg(assembly)]
pub(crate) mod assembly;
#[cfg(kernel = "riscv32")]
mod riscv32;
pub(crate) mod simd;
#[cfg(all(target_arch = "wasm32", vector))]
pub(crate) mod wasm32;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;
