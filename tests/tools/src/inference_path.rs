//! What the inference path must not hold: a multiplication, a division, floating point, a panic.
//!
//! Everything that can be reached from the entry functions is walked: branches and calls, and every function whose
//! address the reached code holds. A call through a register, whose target cannot be told, is refused too, so nothing
//! hides behind one. A loop that computes a product by additions is no multiplication.

use crate::disassembly::{Code, Disassembly, Instruction};
use std::collections::{BTreeMap, BTreeSet};

/// Something that does not belong on the inference path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// What it is.
    pub kind: Kind,
    /// The function it is in.
    pub function: String,
    /// The instruction, or the function that is called.
    pub what: String,
    /// The calls from an entry function to it.
    pub path: Vec<String>,
}

/// Kinds of violation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A product by an instruction or a helper of the compiler.
    Multiply,
    /// A quotient or remainder.
    Divide,
    /// Floating point.
    Float,
    /// A panic.
    Panic,
    /// A call through a register, whose target cannot be told.
    Hidden,
}

/// What was walked and found.
#[derive(Clone, Default, Debug)]
pub struct Walk {
    /// Functions reached.
    pub functions: BTreeSet<String>,
    /// Instructions in them.
    pub instructions: usize,
    /// What does not belong there.
    pub violations: Vec<Violation>,
}

/// Walks all that can be reached from the functions `entries`.
///
/// # Errors
/// The name of an entry that the image does not have.
pub fn walk(disassembly: &Disassembly, entries: &[&str]) -> Result<Walk, String> {
    let mut paths: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut todo = Vec::new();
    for &entry in entries {
        let found = disassembly
            .functions
            .iter()
            .find(|(_, code)| code.name == entry);
        let (&address, _) = found.ok_or_else(|| entry.to_owned())?;
        paths.insert(address, vec![entry.into()]);
        todo.push(address);
    }
    let mut walk = Walk::default();
    while let Some(address) = todo.pop() {
        let (code, path) = (&disassembly.functions[&address], paths[&address].clone());
        walk.functions.insert(code.name.clone());
        walk.instructions += code.instructions.len();
        for instruction in &code.instructions {
            let hidden = is_indirect_call(instruction).then_some(Kind::Hidden);
            if let Some(kind) = forbidden(&instruction.mnemonic).or(hidden) {
                walk.violations.push(Violation {
                    kind,
                    function: code.name.clone(),
                    what: format!(
                        "{:x}: {} {}",
                        instruction.address, instruction.mnemonic, instruction.operands
                    ),
                    path: path.clone(),
                });
            }
        }
        for target in reached(disassembly, address, code) {
            let callee = &disassembly.functions[&target];
            if let Some(kind) = forbidden_helper(&callee.name) {
                walk.violations.push(Violation {
                    kind,
                    function: code.name.clone(),
                    what: format!("calls {}", callee.name),
                    path: path.clone(),
                });
                // What it does is known; once is enough.
                continue;
            }
            paths.entry(target).or_insert_with(|| {
                todo.push(target);
                [&path[..], std::slice::from_ref(&callee.name)].concat()
            });
        }
    }
    Ok(walk)
}

/// The functions that one can go on to: their first addresses.
fn reached(disassembly: &Disassembly, address: u64, code: &Code) -> BTreeSet<u64> {
    let mut targets = BTreeSet::new();
    // A branch goes anywhere into a function, an address held as a constant to its first instruction.
    let mut branch =
        |target: u64| targets.extend(disassembly.function_at(target).map(|(start, _)| start));
    code.instructions
        .iter()
        .filter_map(branch_target)
        .for_each(&mut branch);
    for word in constants(code) {
        targets.extend(disassembly.function_held_as(word));
    }
    targets.remove(&address);
    targets
}

/// Whether an instruction calls what a register says. Returns, and jumps within a function, do not count.
fn is_indirect_call(instruction: &Instruction) -> bool {
    let operands = instruction.operands.as_str();
    match instruction.mnemonic.as_str() {
        "blx" => !operands.contains('<'),
        "bx" => operands != "lr",
        "jalr" => !operands.contains('<'),
        _ => false,
    }
}

/// The address that a branch or call names.
fn branch_target(instruction: &Instruction) -> Option<u64> {
    let begins = |prefixes: &[&str]| {
        prefixes
            .iter()
            .any(|prefix| instruction.mnemonic.starts_with(prefix))
    };
    let branches = begins(&["b", "cb", "j", "call", "tail"]) && !begins(&["bic", "bf", "bkpt"]);
    branches.then(|| named_address(instruction)).flatten()
}

/// The address that objdump names: the last number in front of `<symbol>`.
fn named_address(instruction: &Instruction) -> Option<u64> {
    let (before, _) = instruction.operands.split_once(" <")?;
    let number = before.rsplit([',', ' ', '\t']).next()?;
    u64::from_str_radix(number.trim_start_matches("0x"), 16).ok()
}

/// Constants that may be addresses: words in the code, and pairs of immediates.
fn constants(code: &Code) -> Vec<u64> {
    let mut constants = code.words.clone();
    // The upper half of a constant under way, by register.
    let mut halves: BTreeMap<&str, u64> = BTreeMap::new();
    for instruction in &code.instructions {
        let operands: Vec<&str> = instruction
            .operands
            .split([',', '\t', ' '])
            .filter(|part| !part.is_empty())
            .collect();
        let number = |text: &str| -> Option<i64> {
            let text = text.trim_start_matches('#');
            match text.strip_prefix("0x") {
                Some(hex) => i64::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            }
        };
        constants
            .extend(named_address(instruction).filter(|_| branch_target(instruction).is_none()));
        match (instruction.mnemonic.as_str(), &operands[..]) {
            ("movw", [register, low, ..]) => {
                halves.insert(register, number(low).unwrap_or(0) as u64);
            }
            ("movt", [register, high, ..]) => {
                let low = halves.get(register).copied().unwrap_or(0);
                constants.push((number(high).unwrap_or(0) as u64) << 16 | low);
            }
            ("lui", [register, high, ..]) => {
                let upper = (number(high).unwrap_or(0) as u64) << 12 & 0xFFFF_FFFF;
                // The least i32 is also where `virt` begins, at the start-up code, whose address nobody takes.
                constants.extend((upper != 0x8000_0000).then_some(upper));
                halves.insert(register, upper);
            }
            ("auipc", [register, high, ..]) => {
                let upper = (number(high).unwrap_or(0) << 12) as u64;
                halves.insert(
                    register,
                    instruction.address.wrapping_add(upper) & 0xFFFF_FFFF,
                );
            }
            ("addi" | "add" | "mv", [_, from, low, ..]) => {
                if let (Some(upper), Some(low)) = (halves.get(from), number(low)) {
                    constants.push(upper.wrapping_add(low as u64) & 0xFFFF_FFFF);
                }
            }
            _ => {}
        }
    }
    constants
}

/// Whether an instruction must not be there: by mnemonic, of Arm (Thumb) or RISC-V.
fn forbidden(mnemonic: &str) -> Option<Kind> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| mnemonic.starts_with(prefix));
    if begins(&[
        "mul", "mla", "mls", "umull", "umlal", "umaal", "smul", "smla", "smls", "smmul", "smmla",
        "smmls",
    ]) || begins(&["smull", "smuad", "smusd", "c.mul"])
    {
        Some(Kind::Multiply)
    } else if begins(&["sdiv", "udiv", "div", "rem"]) {
        Some(Kind::Divide)
    } else if begins(&["v"]) || (begins(&["f", "c.f"]) && !begins(&["fence"])) {
        // Every instruction of Arm's VFP and vectors begins with a v, every float of RISC-V with an f.
        Some(Kind::Float)
    } else {
        None
    }
}

/// Whether a function is one of the compiler's helpers for what the core lacks, or a panic.
fn forbidden_helper(name: &str) -> Option<Kind> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
    let float_type = |suffixes: [&str; 2]| name.starts_with("__") && ends(&suffixes);
    if name.contains("panic")
        || name == "rust_begin_unwind"
        || begins(&[
            "core::option::unwrap_failed",
            "core::option::expect_failed",
            "core::result::unwrap_failed",
            "core::slice::index",
            "core::str::slice_error",
        ])
    {
        Some(Kind::Panic)
    } else if float_type(["sf2", "sf3"])
        || float_type(["df2", "df3"])
        || begins(&[
            "__aeabi_f",
            "__aeabi_d",
            "__fix",
            "__float",
            "__extend",
            "__trunc",
            "__powi",
        ])
        || begins(&["__aeabi_i2", "__aeabi_ui2", "__aeabi_l2", "__aeabi_ul2"])
        || name.contains("compiler_builtins::float")
    {
        Some(Kind::Float)
    } else if begins(&["__mul", "__umul", "__aeabi_lmul"]) || name.contains("int::mul") {
        Some(Kind::Multiply)
    } else if begins(&[
        "__div",
        "__udiv",
        "__mod",
        "__umod",
        "__aeabi_idiv",
        "__aeabi_uidiv",
        "__aeabi_ldiv",
        "__aeabi_uldiv",
    ]) || name.contains("div_rem")
        || name.contains("int::udiv")
        || name.contains("int::sdiv")
    {
        Some(Kind::Divide)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instructions_of_both_architectures_are_told_apart() {
        for (mnemonic, kind) in [
            ("muls", Kind::Multiply),
            ("mla", Kind::Multiply),
            ("smlabb", Kind::Multiply),
            ("mulhu", Kind::Multiply),
            ("udiv", Kind::Divide),
            ("remu", Kind::Divide),
            ("vadd.f32", Kind::Float),
            ("flw", Kind::Float),
        ] {
            assert_eq!(forbidden(mnemonic), Some(kind), "{mnemonic}");
        }
        for mnemonic in [
            "mvns", "movs", "adds", "sub", "lsls", "usat", "fence", "fence.i", "slli", "rsb",
            "ret", "uxtb",
        ] {
            assert_eq!(forbidden(mnemonic), None, "{mnemonic}");
        }
    }

    #[test]
    fn branches_are_followed_and_constants_collected() {
        let instruction = |mnemonic: &str, operands: &str| Instruction {
            address: 0x100,
            mnemonic: mnemonic.into(),
            operands: operands.into(),
        };
        for (mnemonic, operands) in [
            ("bl", "1a4 <f>"),
            ("bne", "1a4 <f+0x4>"),
            ("cbz", "r0, 1a4 <f>"),
            ("jalr", "-112(ra) # 1a4 <f>"),
            ("bltu", "a0,a1,1a4 <f>"),
        ] {
            assert_eq!(
                branch_target(&instruction(mnemonic, operands)),
                Some(0x1a4),
                "{mnemonic}"
            );
        }
        assert_eq!(branch_target(&instruction("bics", "r0, r1")), None);
        let code = Code {
            name: "f".into(),
            instructions: vec![
                instruction("movw", "r0, #4660\t@ 0x1234"),
                instruction("movt", "r0, #1"),
                instruction("lui", "a0,0x80042"),
                instruction("addi", "a0,a0,-4 # 80041ffc <table>"),
            ],
            words: vec![0x201],
        };
        let found = constants(&code);
        assert!(
            [0x201, 0x11234, 0x8004_1ffc]
                .iter()
                .all(|c| found.contains(c)),
            "{found:x?}"
        );
        assert!(
            is_indirect_call(&instruction("blx", "r3"))
                && !is_indirect_call(&instruction("bx", "lr"))
        );
    }

    #[test]
    fn helpers_of_the_compiler_are_told_apart() {
        for (name, kind) in [
            ("__mulsi3", Kind::Multiply),
            ("__aeabi_lmul", Kind::Multiply),
            ("__aeabi_uidivmod", Kind::Divide),
            (
                "compiler_builtins::int::specialized_div_rem::u32_div_rem",
                Kind::Divide,
            ),
            ("__aeabi_fadd", Kind::Float),
            ("__muldf3", Kind::Float),
            ("__floatsisf", Kind::Float),
            ("core::panicking::panic_bounds_check", Kind::Panic),
        ] {
            assert_eq!(forbidden_helper(name), Some(kind), "{name}");
        }
        for name in [
            "__aeabi_memcpy",
            "memset",
            "runtime::lut::tables::matvec",
            "runtime::elements::norm::abs_mean_norm",
        ] {
            assert_eq!(forbidden_helper(name), None, "{name}");
        }
    }
}
