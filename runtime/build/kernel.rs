//! Which kernel a target gets, from what cargo tells build scripts about it.

/// A target as cargo describes it to build scripts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Target<'a> {
    /// `TARGET`: a triple, or the name of a custom target's file.
    pub(crate) name: &'a str,
    /// `CARGO_CFG_TARGET_ARCH`.
    pub(crate) arch: &'a str,
    /// `CARGO_CFG_TARGET_ABI`.
    pub(crate) abi: &'a str,
    /// `CARGO_CFG_TARGET_FEATURE`, separated by commas.
    pub(crate) features: &'a str,
}

/// What computes the products.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kernel {
    /// Assembly, by the name of its folder in `src/arch`.
    Assembly(&'static str),
    /// Vector instructions, found by the compiler or at run time.
    Vector,
    /// Portable code alone: right everywhere and slow.
    Portable,
}

impl Target<'_> {
    /// The fastest kernel that this target certainly can run.
    pub(crate) fn kernel(&self) -> Kernel {
        match self.arch {
            "x86_64" | "aarch64" => Kernel::Vector,
            "wasm32" if self.has("simd128") => Kernel::Vector,
            // The embedded variant has half of the registers that the kernel uses.
            "riscv32" if self.abi != "ilp32e" && !self.has("e") => Kernel::Assembly("riscv32"),
            "arm" => self.arm(),
            _ => Kernel::Portable,
        }
    }

    /// A stable compiler says no features of an Arm core, but knows its own targets by name; a nightly one, which custom
    /// targets need, says them.
    fn arm(&self) -> Kernel {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|start| self.name.starts_with(start));
        if begins(&["thumbv6m", "thumbv8m.base"]) {
            Kernel::Assembly("armv6m")
        } else if begins(&["thumbv7m", "thumbv7em", "thumbv8m.main"]) {
            Kernel::Assembly("armv7m")
        } else if !self.has("mclass") {
            Kernel::Portable
        } else if self.has("thumb2") || self.has("v7") {
            Kernel::Assembly("armv7m")
        } else {
            Kernel::Assembly("armv6m")
        }
    }

    fn has(&self, feature: &str) -> bool {
        self.features.split(',').any(|known| known == feature)
    }
}
