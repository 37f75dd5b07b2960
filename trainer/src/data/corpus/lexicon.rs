//! The tables of the built-in stage dialogue: who is on stage, what they talk of, and in which words.
//!
//! Everything here was written for this project. Changing one word changes the text, its SHA-256 and its entropy;
//! its tests hold these, and check the rules below.
//!
//! A sentence is written with its slots in angle brackets; [`super::grammar::Slot`] lists them. The rules that keep
//! the text uniquely decodable: a sentence begins with words of its own, has at least one `<noun>`, and has a
//! character that is no letter after each slot; no word stands twice in one list, and no noun or verb in two topics.

use super::grammar::{Speaker, Stage, Topic};

/// The cast, the topics and the words of the built-in corpus.
pub(super) const STAGE: Stage = Stage {
    speakers: SPEAKERS,
    topics: TOPICS,
    sentences: [TELLING, ASKING, ORDERING, MUSING],
    calls: CALLS,
    // Stop, one more sentence, a last sentence that calls the next speaker: after no line, one line, two lines, ...
    after_line: &[[0, 1, 0], [3, 10, 3], [5, 7, 4], [6, 5, 5], [3, 0, 1]],
    plain_start: 20,
    answer: 6,
    stay: 30,
    adjectives: ADJECTIVES,
    adverbs: ADVERBS,
    persons: PERSONS,
    places: PLACES,
    prepositions: &[
        "near", "behind", "beside", "before", "beyond", "above", "below", "under", "past",
        "outside",
    ],
    owners: &[
        "the", "my", "your", "our", "his", "her", "their", "some", "any", "no",
    ],
    times: TIMES,
    actions: ACTIONS,
    deeds: DEEDS,
};

const SPEAKERS: &[Speaker] = &[
    Speaker {
        name: "Anton",
        exclamations: &["By my boots! ", "Salt and thunder! ", "Listen! ", "Ha! "],
        affinity: &[0, 4, 2, 1, 3, 1, 2, 1],
        topics: &[6, 1, 0, 1, 1, 1, 1, 1],
        manners: [4, 1, 2, 1],
    },
    Speaker {
        name: "Marta",
        exclamations: &["Mercy on us! ", "Nonsense! ", "Good heavens! ", "Hush! "],
        affinity: &[4, 0, 1, 2, 2, 3, 1, 1],
        topics: &[1, 6, 2, 0, 1, 0, 1, 1],
        manners: [2, 2, 4, 1],
    },
    Speaker {
        name: "Josef",
        exclamations: &[
            "Order! ",
            "Upon my honour! ",
            "Silence, all! ",
            "By the law! ",
        ],
        affinity: &[2, 1, 0, 1, 2, 2, 4, 1],
        topics: &[0, 0, 1, 7, 0, 1, 2, 1],
        manners: [1, 4, 2, 1],
    },
    Speaker {
        name: "Elise",
        exclamations: &["Oh! ", "Alas! ", "Dear me! ", "How lovely! "],
        affinity: &[1, 2, 1, 0, 3, 1, 1, 4],
        topics: &[0, 1, 3, 0, 6, 0, 0, 2],
        manners: [2, 2, 1, 3],
    },
    Speaker {
        name: "Tobias",
        exclamations: &[
            "Ho there! ",
            "Faster, friends! ",
            "Dust and devils! ",
            "Aye! ",
        ],
        affinity: &[4, 2, 1, 3, 0, 1, 1, 1],
        topics: &[2, 0, 1, 0, 1, 6, 1, 1],
        manners: [3, 1, 3, 1],
    },
    Speaker {
        name: "Greta",
        exclamations: &["Fie! ", "For shame! ", "Bah! ", "Not so! "],
        affinity: &[1, 4, 2, 1, 1, 0, 3, 2],
        topics: &[0, 2, 6, 1, 0, 1, 1, 1],
        manners: [1, 3, 3, 1],
    },
    Speaker {
        name: "Viktor",
        exclamations: &[
            "Business first! ",
            "A fair point! ",
            "Gold above all! ",
            "Well, well! ",
        ],
        affinity: &[1, 1, 4, 1, 2, 3, 0, 1],
        topics: &[2, 0, 0, 2, 0, 1, 7, 0],
        manners: [2, 3, 1, 2],
    },
    Speaker {
        name: "Rosalind",
        exclamations: &[
            "Softly now! ",
            "Stars guide us! ",
            "Dark hour! ",
            "Soul of night! ",
        ],
        affinity: &[1, 1, 2, 4, 1, 2, 1, 0],
        topics: &[1, 0, 1, 0, 2, 1, 0, 7],
        manners: [2, 1, 1, 4],
    },
];

/// The plural of a noun and the singular of a verb both add an `s`, so only words for which that is right are here.
#[rustfmt::skip]
const TOPICS: &[Topic] = &[
    Topic { // the sea
        nouns: &[
            "boat", "sail", "rope", "anchor", "wave", "gull", "net", "oar", "mast", "rudder", "tide", "shell", "whale",
            "plank", "storm", "deck", "crew", "keel", "raft", "eel", "pier", "crab", "hull", "reef", "helm",
        ],
        verbs: &[
            "drift", "sink", "float", "heave", "roll", "creak", "steer", "capsize", "drown", "surge", "ebb", "swell",
            "plunge", "dip", "leak", "sway", "list",
        ],
    },
    Topic { // the kitchen
        nouns: &[
            "kettle", "spoon", "pan", "pot", "onion", "egg", "cake", "pie", "plate", "ladle", "oven", "crumb", "apron",
            "stew", "broth", "turnip", "bun", "jug", "cup", "sieve", "bowl", "fork", "bean", "oil", "salt",
        ],
        verbs: &[
            "boil", "simmer", "bake", "burn", "steam", "bubble", "rattle", "spill", "sizzle", "smoke", "cool",
            "thicken", "crumble", "scald", "melt", "drip", "stew",
        ],
    },
    Topic { // the garden
        nouns: &[
            "rose", "thorn", "seed", "weed", "hedge", "vine", "root", "bud", "pear", "plum", "bee", "worm", "spade",
            "rake", "fern", "moth", "tulip", "acorn", "nettle", "snail", "herb", "lawn", "nut", "ant", "twig",
        ],
        verbs: &[
            "bloom", "wither", "grow", "sprout", "climb", "bend", "ripen", "rot", "wilt", "spread", "creep", "thrive",
            "droop", "unfold", "wave", "die", "root",
        ],
    },
    Topic { // the law
        nouns: &[
            "judge", "letter", "seal", "verdict", "clerk", "oath", "crime", "lawyer", "decree", "rumour", "secret",
            "promise", "trial", "title", "warrant", "pardon", "claim", "debt", "charter", "statute", "rule", "deed", "fine", "plea", "will",
        ],
        verbs: &[
            "lie", "argue", "plead", "accuse", "threaten", "decide", "matter", "conspire", "fail", "forgive",
            "deceive", "prevail", "condemn", "escape", "err", "bind", "rule",
        ],
    },
    Topic { // music
        nouns: &[
            "fiddle", "drum", "song", "flute", "horn", "tune", "verse", "dancer", "piper", "harp", "chord", "string",
            "ballad", "whistle", "choir", "bow", "rhyme", "note", "bell", "lute", "gong", "jig", "key", "tone", "duet",
        ],
        verbs: &[
            "sing", "hum", "ring", "play", "dance", "wail", "swing", "soar", "rejoice", "trill", "murmur", "chime",
            "resound", "rumble", "clap", "leap", "boom",
        ],
    },
    Topic { // the road
        nouns: &[
            "wagon", "mule", "wheel", "saddle", "boot", "map", "pilgrim", "horse", "lantern", "cart", "signpost",
            "bridle", "rein", "bundle", "rider", "goat", "trail", "tent", "spur", "mile", "sack", "inn", "toll", "pony", "axle",
        ],
        verbs: &[
            "wander", "stumble", "halt", "limp", "travel", "gallop", "return", "arrive", "turn", "trot", "roam",
            "depart", "linger", "tire", "run", "ride", "veer",
        ],
    },
    Topic { // trade
        nouns: &[
            "coin", "purse", "ledger", "bargain", "price", "scale", "merchant", "barrel", "crate", "fur", "silk",
            "gem", "ring", "pearl", "loan", "bill", "profit", "pedlar", "ribbon", "button", "fee", "rent", "wage", "cloth", "shop",
        ],
        verbs: &[
            "glitter", "cost", "shrink", "double", "change", "sell", "dwindle", "weigh", "deal", "pay", "prosper",
            "tempt", "gain", "cheat", "trade", "lose", "rise",
        ],
    },
    Topic { // the night
        nouns: &[
            "star", "moon", "cloud", "shadow", "ghost", "dream", "owl", "bat", "comet", "flame", "ember", "whisper",
            "spirit", "mist", "frost", "spark", "raven", "omen", "planet", "spell", "elf", "fog", "hour", "sigh", "fear",
        ],
        verbs: &[
            "shine", "glow", "flicker", "whisper", "haunt", "hide", "wake", "sleep", "dim", "hover", "howl", "gather",
            "fall", "loom", "moan", "glare", "wane",
        ],
    },
];

const TELLING: &[&str] = &[
    "The <adjective> <noun> <verb> <adverb> <near> the <place>.",
    "My <noun> <verb> <time>, <near> <owner> <adjective> <place>.",
    "Your <adjective> <noun> <was> <deed> by <owner> <person>.",
    "I have <deed> <owner> <adjective> <noun> <time>.",
    "I saw <owner> <noun> <near> the <adjective> <place>.",
    "I would <act> the <noun> <near> <owner> <adjective> <place> <time>.",
    "We <act> the <adjective> <noun> and <act> <them> <adverb>.",
    "Some <adjective> <person> has <deed> <owner> <noun>.",
    "No <person> may <act> <owner> <adjective> <noun>.",
    "They say <owner> <adjective> <noun> <verb> <time>.",
    "Once <owner> <person> <deed> <owner> <adjective> <noun> <near> the <place>.",
    "When <owner> <noun> <verb>, <owner> <person> is <adjective>.",
    "Every <person> <near> the <place> <deed> <owner> <adjective> <noun>.",
    "Then <owner> <noun> <verb>, and <owner> <adjective> <noun> <verb> <adverb>.",
    "Here <near> the <place> the <adjective> <noun> <verb>.",
    "None is <adjective> but <owner> <noun> <near> the <place>.",
];

const ASKING: &[&str] = &[
    "Where did <owner> <person> <act> <owner> <adjective> <noun>?",
    "Who <deed> the <adjective> <noun> <near> <owner> <place>?",
    "Why must <owner> <person> <act> the <adjective> <noun>?",
    "Did <back> <act> <owner> <noun> <time>?",
    "What if <owner> <noun> <verb> <time>, <adjective> and <adjective>?",
    "Have you <deed> <owner> <adjective> <noun>, <back>?",
    "How can <owner> <noun> <go> <near> so <adjective> a <place>?",
    "Must <owner> <adjective> <noun> <go> <adverb> <time>?",
    "Is <owner> <person> so <adjective> that my <noun> <verb>?",
];

const ORDERING: &[&str] = &[
    "Let <owner> <adjective> <noun> <go> <adverb> <near> the <place>.",
    "Bring me <owner> <adjective> <noun> <time>, and <act> <them>.",
    "Go <near> the <adjective> <place> and <act> <owner> <noun>.",
    "Never <act> the <adjective> <noun> of that <adjective> <person>.",
    "Ask <owner> <person> to <act> <owner> <adjective> <noun>.",
    "Give the <adjective> <noun> to <owner> <adjective> <person>.",
    "Leave <owner> <noun> <near> the <adjective> <place>.",
    "Swear to <back> that the <noun> <verb> <adverb>.",
];

const MUSING: &[&str] = &[
    "If <owner> <noun> <verb> <time>, I will <act> <them> <adverb>.",
    "Perhaps my <noun> <verb> for <owner> <adjective> <person>.",
    "Would that <owner> <noun> were <adjective> and <adjective>.",
    "As <owner> <noun> <verb>, so <owner> <person> is <adjective> and <adjective>.",
    "On the word of <self>, <owner> <adjective> <noun> <verb> <adverb>.",
    "So <back> would <act> <owner> <adjective> <noun>.",
    "It is <adjective> to <act> <owner> <noun> <near> the <place>.",
    "Though the <noun> <is> <adjective>, I <act> <them> <adverb>.",
    "May the <adjective> <person> <act> your <noun> <time>.",
];

/// A speech may end with one of these, and then the one who is called speaks next.
const CALLS: &[&str] = &[
    "What of the <noun>, <call>?",
    "Show us <owner> <adjective> <noun>, <call>.",
    "Look, <call>, <owner> <noun> <verb> <adverb>.",
    "Tell us, <call>, who <deed> <owner> <adjective> <noun>?",
    "And you, <call>, will you <act> <owner> <adjective> <noun>?",
    "Come, <call>, and <act> <owner> <adjective> <noun> <time>.",
];

#[rustfmt::skip]
const ADJECTIVES: &[&str] = &[
    "old", "new", "cold", "warm", "quiet", "bright", "dark", "heavy", "light", "small", "great", "broken", "hidden",
    "stolen", "golden", "silver", "wooden", "honest", "wicked", "gentle", "bitter", "sweet", "sour", "proud", "humble",
    "weary", "merry", "sad", "angry", "patient", "foolish", "wise", "clever", "strange", "plain", "noble", "lonely",
    "empty", "full", "rusty", "dusty", "muddy", "pale", "red", "green", "blue", "grey", "black", "white", "brown",
    "yellow", "crooked", "narrow", "wide", "deep", "tall", "short", "long", "round", "sharp", "dull", "soft", "hard",
    "smooth", "rough", "wet", "dry", "quick", "slow", "late", "early", "lost", "cheap", "dear", "rare", "common",
    "sacred", "cursed", "blessed", "faithful", "careful", "cruel", "kind", "lazy", "busy", "hungry", "sleepy", "sober",
    "drunk", "rich", "poor", "loud", "silent", "tender", "ragged", "ancient", "big", "thin", "fat", "mad", "bold",
    "calm", "cool", "damp", "deaf", "blind", "dim", "fair", "false", "true", "fine", "firm", "flat", "free", "fresh",
    "glad", "grim", "harsh", "holy", "icy", "idle", "keen", "lame", "last", "lean", "loose", "mean", "mild", "neat",
    "nice", "numb", "odd", "open", "raw", "ripe", "royal", "safe", "shy", "sick", "sly", "stale", "steep", "stiff",
    "tame", "thick", "tight", "tiny", "tired", "ugly", "vain", "vast", "weak", "wild", "young", "bare", "bent", "brave",
    "brisk", "clean", "clear", "cosy", "crisp",
];

#[rustfmt::skip]
const ADVERBS: &[&str] = &[
    "slowly", "quickly", "softly", "loudly", "gently", "badly", "sweetly", "sadly", "gladly", "proudly", "bravely",
    "calmly", "coldly", "warmly", "darkly", "boldly", "meekly", "rarely", "often", "always", "again", "alone",
    "together", "apart", "forever", "twice", "still", "early", "late", "well", "poorly", "wildly", "wisely", "madly",
    "blindly", "silently", "secretly", "openly", "freely", "idly", "kindly", "sorely", "fast", "hard", "soon", "here",
    "there", "daily", "nightly", "dearly", "fairly", "firmly", "grimly", "neatly", "nobly", "oddly", "quietly",
    "rudely", "safely", "shyly", "slyly", "tamely", "vainly", "wrongly",
];

#[rustfmt::skip]
const PERSONS: &[&str] = &[
    "baker", "miller", "widow", "sailor", "soldier", "farmer", "tailor", "cobbler", "doctor", "teacher", "priest",
    "monk", "nun", "king", "queen", "prince", "duke", "baron", "captain", "cook", "maid", "nurse", "porter", "poet",
    "painter", "actor", "jester", "beggar", "thief", "hangman", "shepherd", "hunter", "weaver", "smith", "mason",
    "butcher", "brewer", "barber", "mayor", "bishop", "neighbour", "cousin", "uncle", "aunt", "brother", "sister",
    "mother", "father", "son", "orphan", "boy", "girl", "page", "lord", "lady", "clown", "guest", "host", "heir", "spy",
    "scribe", "squire", "potter", "miner", "groom", "bride", "bard", "friar", "abbot", "tinker", "pirate", "judge",
    "dean", "wife", "fool", "giant", "dwarf", "rogue",
];

/// All begin with a consonant, because sentences put `a` before them.
#[rustfmt::skip]
const PLACES: &[&str] = &[
    "bridge", "gate", "tower", "cellar", "stable", "chapel", "mill", "market", "harbour", "bakery", "barn", "castle",
    "cave", "church", "cliff", "cottage", "dock", "door", "fence", "field", "forest", "garden", "garret", "grave",
    "hall", "hill", "house", "lake", "library", "meadow", "palace", "pantry", "pasture", "pier", "pond", "porch",
    "river", "rock", "ruin", "school", "shed", "shop", "shore", "statue", "stream", "street", "square", "tavern",
    "temple", "theatre", "tomb", "tree", "valley", "village", "wall", "well", "window", "wood", "yard", "bank", "bay",
    "beach", "camp", "cape", "coast", "copse", "court", "den", "ditch", "farm", "ford", "fort", "glade", "glen",
    "grove", "heath", "hut", "jail", "lane", "marsh", "moor", "mound", "nook", "park", "path", "peak", "pit", "pool",
    "port", "quay", "ridge", "road", "roof", "room", "shrine", "spring", "town", "track", "trench", "vault",
];

#[rustfmt::skip]
const TIMES: &[&str] = &[
    "today", "tonight", "tomorrow", "at dawn", "at noon", "at dusk", "at midnight", "in spring", "in summer",
    "in autumn", "in winter", "before supper", "after supper", "on Monday", "on Friday", "on Sunday", "in secret",
    "by moonlight", "without a word", "for love", "for money", "in the rain", "in the dark", "in vain", "at sea",
    "by day", "by night", "in haste", "in jest", "at ease", "at home", "in May", "in June", "all day", "all night",
    "at last", "at once", "by law", "on foot",
];

/// What one does to a thing, as after "I will".
#[rustfmt::skip]
const ACTIONS: &[&str] = &[
    "mend", "sell", "buy", "steal", "hide", "carry", "count", "clean", "burn", "bury", "guard", "follow", "watch",
    "paint", "praise", "curse", "bless", "borrow", "lend", "return", "forget", "defend", "destroy", "wash", "polish",
    "drop", "lift", "push", "pull", "throw", "catch", "hold", "keep", "lose", "find", "seek", "show", "trust", "doubt",
    "fear", "love", "hate", "envy", "admire", "blame", "measure", "weigh", "tie", "bind", "cut", "share", "spare",
    "touch", "trade", "shake", "study", "draw", "name", "save", "fix", "rob", "mock", "wave", "move", "kick", "lock",
    "use", "want", "need", "break", "test", "ruin", "sort", "fetch", "stop", "help", "send", "take", "win",
];

/// What one did or has done to a thing: only verbs for which both are the same word.
#[rustfmt::skip]
const DEEDS: &[&str] = &[
    "mended", "carried", "counted", "cleaned", "buried", "guarded", "followed", "watched", "painted", "praised",
    "cursed", "blessed", "borrowed", "returned", "destroyed", "washed", "polished", "dropped", "lifted", "pushed",
    "pulled", "doubted", "feared", "loved", "hated", "envied", "admired", "blamed", "measured", "weighed", "tied",
    "shared", "spared", "touched", "traded", "studied", "named", "sold", "bought", "lost", "found", "kept", "held",
    "caught", "bound", "cut", "sought", "lent", "burned", "forged", "mocked", "robbed", "saved", "kicked", "locked",
    "fixed", "moved", "used", "wanted", "needed", "tested", "ruined", "sorted", "fetched", "stopped", "helped", "sent",
    "won", "hit", "hurt",
];
