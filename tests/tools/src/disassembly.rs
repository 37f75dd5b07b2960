//! The instructions of a firmware image, function by function, as GNU objdump prints them.

use crate::cores::Core;
use crate::image::Image;
use std::collections::BTreeMap;
use std::process::Command;

/// Debian's packages of the disassemblers.
pub const DEBIAN_PACKAGES: &[&str] = &["binutils-arm-none-eabi", "binutils-riscv64-unknown-elf"];

/// All code of an image.
#[derive(Clone, Debug, Default)]
pub struct Disassembly {
    /// Whether this is Arm's Thumb code, where the address of a function has its lowest bit set wherever it is held.
    pub thumb: bool,
    /// By the address of the function's first instruction.
    pub functions: BTreeMap<u64, Code>,
}

/// A function's instructions and the words that lie between them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// Its name, demangled.
    pub name: String,
    /// In order.
    pub instructions: Vec<Instruction>,
    /// Constants in the code: literal pools, jump tables.
    pub words: Vec<u64>,
}

/// One instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Where it is.
    pub address: u64,
    /// Its mnemonic, without width.
    pub mnemonic: String,
    /// Its operands, as printed.
    pub operands: String,
}

/// Why there is no disassembly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DisassemblyError {
    /// objdump is not installed or refused.
    #[error(
        "{program}: {reason}; on Debian: {}",
        crate::toolchain::install_command(DEBIAN_PACKAGES)
    )]
    Objdump {
        /// The program.
        program: &'static str,
        /// What happened.
        reason: String,
    },
    /// It printed no code.
    #[error("{program} printed no instructions")]
    Empty {
        /// The program.
        program: &'static str,
    },
}

impl Disassembly {
    /// Disassembles all code of `image`.
    ///
    /// # Errors
    /// [`DisassemblyError`].
    pub fn of(core: &Core, image: &Image) -> Result<Self, DisassemblyError> {
        let thumb = core.target.starts_with("thumb");
        let program = if thumb {
            "arm-none-eabi-objdump"
        } else {
            "riscv64-unknown-elf-objdump"
        };
        let failed = |reason: String| DisassemblyError::Objdump { program, reason };
        let output = Command::new(program)
            .args(["--disassemble", "--no-show-raw-insn", "--wide"])
            .arg(&image.path)
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let disassembly = Self::parse(&String::from_utf8_lossy(&output.stdout), thumb);
        let any = |code: &Code| !code.instructions.is_empty();
        if !disassembly.functions.values().any(any) {
            return Err(DisassemblyError::Empty { program });
        }
        Ok(disassembly)
    }

    fn parse(text: &str, thumb: bool) -> Self {
        let mut disassembly = Self {
            thumb,
            ..Self::default()
        };
        let mut current = None;
        for line in text.lines() {
            if let Some((address, name)) = heading(line) {
                let name = format!("{:#}", rustc_demangle::demangle(name));
                let code = disassembly.functions.entry(address).or_default();
                code.name = name;
                current = Some(address);
            } else if let Some(code) = current.and_then(|at| disassembly.functions.get_mut(&at)) {
                code.read(line);
            }
        }
        if thumb {
            disassembly
                .functions
                .values_mut()
                .for_each(Code::drop_padding);
        }
        disassembly
    }

    /// The function whose address `word` is, as code and data hold it.
    pub fn function_held_as(&self, word: u64) -> Option<u64> {
        let address = if self.thumb {
            (word & 1 == 1).then_some(word - 1)?
        } else {
            word
        };
        self.functions.contains_key(&address).then_some(address)
    }

    /// The function that holds an address.
    pub fn function_at(&self, address: u64) -> Option<(u64, &Code)> {
        let (&start, code) = self.functions.range(..=address).next_back()?;
        Some((start, code))
    }
}

impl Code {
    /// Drops what the linker puts between Thumb functions, the half-word d4d4: a branch backwards that is never reached.
    fn drop_padding(&mut self) {
        while let Some(last) = self.instructions.last() {
            let target = last.address.wrapping_sub(84);
            let padding =
                last.mnemonic == "bmi" && last.operands.starts_with(&format!("{target:x} "));
            if !padding {
                break;
            }
            self.instructions.pop();
        }
    }

    /// A line such as `1234: adds r0, r1, #2 @ comment`, its fields set apart by tabulators.
    fn read(&mut self, line: &str) {
        let mut fields = line.split('\t');
        let address = fields.next().and_then(|field| {
            let field = field.trim().strip_suffix(':')?;
            u64::from_str_radix(field, 16).ok()
        });
        let (Some(address), Some(mnemonic)) = (address, fields.next()) else {
            return;
        };
        let operands = fields.next().unwrap_or_default().trim();
        if let Some(directive) = mnemonic.strip_prefix('.') {
            let word = operands
                .strip_prefix("0x")
                .and_then(|hex| u64::from_str_radix(hex, 16).ok());
            if directive == "word" || directive == "4byte" {
                self.words.extend(word);
            }
            return;
        }
        self.instructions.push(Instruction {
            address,
            mnemonic: mnemonic
                .trim()
                .trim_end_matches(".w")
                .trim_end_matches(".n")
                .into(),
            operands: operands.into(),
        });
    }
}

/// `00001234 <name>:`
fn heading(line: &str) -> Option<(u64, &str)> {
    let (address, name) = line.strip_suffix(">:")?.split_once(" <")?;
    Some((u64::from_str_radix(address, 16).ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_objdump_prints_is_understood() {
        let text = "
00000100 <inference>:
     100:	push	{r4, lr}
     102:	bl	110 <helper>
     106:	adds.n	r0, #1	@ 0x1
     108:	.word	0x00000111

00000110 <helper>:
     110:	bx	lr
";
        let disassembly = Disassembly::parse(text, true);
        let code = &disassembly.functions[&0x100];
        assert_eq!(
            (code.name.as_str(), code.instructions.len()),
            ("inference", 3)
        );
        assert_eq!(code.instructions[1].operands, "110 <helper>");
        assert_eq!(code.instructions[2].mnemonic, "adds");
        assert_eq!(code.words, [0x111]);
        assert_eq!(disassembly.function_at(0x10a).unwrap().1.name, "inference");
        assert_eq!(disassembly.function_at(0x110).unwrap().1.name, "helper");
        assert!(disassembly.function_at(0x10).is_none());
    }

    #[test]
    fn padding_behind_a_function_is_no_branch() {
        let text = "
000004f4 <prompt>:
     4f4:	bmi.n	500 <helper>
     510:	pop	{r4, r6, r7, pc}
     512:	bmi.n	4be <assemble+0x9e>
";
        let code = &Disassembly::parse(text, true).functions[&0x4f4];
        assert_eq!(code.instructions.len(), 2);
    }

    #[test]
    fn a_thumb_function_is_held_as_an_odd_word() {
        let text = "\n00000100 <f>:\n     100:\tbx\tlr\n";
        let held = |thumb, word| Disassembly::parse(text, thumb).function_held_as(word);
        assert_eq!((held(true, 0x101), held(true, 0x100)), (Some(0x100), None));
        assert_eq!(
            (held(false, 0x101), held(false, 0x100)),
            (None, Some(0x100))
        );
    }
}
