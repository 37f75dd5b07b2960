//! What filling a lookup table repeats, on both instruction sets of small Arm cores: three entries of a byte to a word.

/// Adds a register to the three words of entries in r4-r6.
macro_rules! next {
    ($x:literal) => {
        concat!(
            "adds r4, r4, ",
            $x,
            "\nadds r5, r5, ",
            $x,
            "\nadds r6, r6, ",
            $x
        )
    };
}

/// Stores three words of entries, and a fourth that no weight reaches.
macro_rules! triple {
    () => {
        "stm r1!, {{r4-r7}}"
    };
}

/// The words of the three fields of x2.
macro_rules! three_triples {
    () => {
        concat!(
            triple!(),
            "\n",
            next!("r3"),
            "\n",
            triple!(),
            "\n",
            next!("r3"),
            "\n",
            triple!()
        )
    };
}

pub(crate) use {next, three_triples, triple};
