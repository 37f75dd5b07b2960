//! One file a subcommand.

pub(crate) mod boards;
pub(crate) mod c_firmware;
pub(crate) mod cost;
pub(crate) mod demo;
pub(crate) mod images;
pub(crate) mod instructions;
pub(crate) mod kernels;
pub(crate) mod link;
pub(crate) mod messages;
pub(crate) mod no_mul;
pub(crate) mod packets;
pub(crate) mod throughput;

use tools::cores::Core;

/// The core of that name alone; all of them without a name.
fn chosen<T: Copy>(all: &[T], core: fn(&T) -> &Core, name: Option<&str>) -> Result<Vec<T>, String> {
    let wanted = |of: &&T| name.is_none_or(|name| core(of).name == name);
    let found: Vec<T> = all.iter().filter(wanted).copied().collect();
    if found.is_empty() {
        let names: Vec<&str> = all.iter().map(|of| core(of).name).collect();
        return Err(format!(
            "there is no such core: choose from {}",
            names.join(", ")
        ));
    }
    Ok(found)
}
