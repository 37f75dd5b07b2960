//! Text in, text out: prompts without a token buffer, stop strings, bounds, scores; equal to the paths that take tokens.

use runtime::{
    Engine, FinishReason, Generate, Logits, Model, Sampler, Sampling, StopStrings, TokenError,
};

const MICROBIT: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
/// With an end and an escape token.
const MESSAGES: &[u8] = include_bytes!("../../firmware-examples/models/messages-micro.aut");
const SAMPLING: Sampling = Sampling {
    repetition_penalty: 8,
    ..Sampling::DEFAULT
};

fn with(file: &[u8], test: impl FnOnce(&mut Engine<'_, '_>)) {
    let model = Model::parse(file).unwrap();
    let mut arena = [0; 16 * 1024];
    test(&mut Engine::in_arena(model, &mut arena).unwrap());
}

fn encode(engine: &Engine<'_, '_>, text: &str) -> Vec<u16> {
    let tokens = engine.model().tokenizer().encode(text);
    tokens.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_text_is_continued_as_its_tokens_are() {
    for (file, text) in [
        (MICROBIT, "ROMEO:\nWhat"),
        (MESSAGES, "See you € at"),
        (MESSAGES, ""),
    ] {
        with(file, |engine| {
            let prompt = encode(engine, text);
            let expected: Vec<u16> = Generate::new(engine, &prompt, SAMPLING, 9)
                .unwrap()
                .take(60)
                .collect();
            engine.reset();
            let mut generate = Generate::from_text(engine, text, SAMPLING, 9).unwrap();
            let mut layers = 0;
            let mut tokens = Vec::new();
            while tokens.len() < expected.len() {
                match generate.advance() {
                    Some(token) => tokens.push(token),
                    None => layers += 1,
                }
            }
            assert_eq!(tokens, expected);
            // The prompt was read a layer at a time, too.
            let least = (prompt.len() + tokens.len() - 1) * 4;
            assert!(layers >= least, "{layers} pieces of work, {least} layers");
        });
    }
}

#[test]
fn a_text_goes_on_behind_what_was_read() {
    with(MICROBIT, |engine| {
        let whole: String = Generate::from_text(engine, "ROMEO:\nMy", SAMPLING, 3)
            .unwrap()
            .pieces()
            .take(50)
            .collect();
        engine.reset();
        let mut first = Generate::from_text(engine, "ROMEO:", SAMPLING, 3).unwrap();
        // The prompt alone.
        while first.read_prompt() {}
        let sampler = first.into_sampler();
        let rest: String = Generate::resume_text(engine, "\nMy", sampler)
            .unwrap()
            .pieces()
            .take(50)
            .collect();
        assert_eq!(rest, whole);
    });
}

#[test]
fn what_cannot_be_a_prompt_is_refused() {
    with(MICROBIT, |engine| {
        let error = Generate::from_text(engine, "ROMEO€", SAMPLING, 1).unwrap_err();
        assert_eq!((error.character, error.offset), ('€', 5));
        assert!(error.to_string().contains("'€'"), "{error}");
        assert!(!engine.has_context());
        let error = Generate::new(engine, &[65], SAMPLING, 1).unwrap_err();
        let (token, vocab_size) = (65, 65);
        assert_eq!(error, TokenError::Unknown { token, vocab_size });
        assert!(!engine.has_context());
    });
}

#[test]
fn an_empty_prompt_begins_a_line_or_goes_on() {
    with(MICROBIT, |engine| {
        let mut text = |prompt| -> String {
            let generate = Generate::from_text(engine, prompt, SAMPLING, 3).unwrap();
            let text = generate.pieces().take(30).collect();
            engine.reset();
            text
        };
        let line = text("\n");
        assert_eq!(text(""), line);
        assert_ne!(text("O"), line);
        let of_tokens = Generate::new(engine, &[], SAMPLING, 3).unwrap();
        assert_eq!(of_tokens.pieces().take(30).collect::<String>(), line);
        // With a context, there is something to go on from.
        let mut go_on = |prompt| -> Vec<u16> {
            engine.reset();
            engine.score_text("ROMEO", || ()).unwrap();
            let generate = Generate::from_text(engine, prompt, SAMPLING, 3).unwrap();
            generate.take(30).collect()
        };
        assert_ne!(go_on(""), go_on("\n"));
    });
}

#[test]
fn a_text_ends_at_a_stop_string_a_bound_or_its_end() {
    with(MICROBIT, |engine| {
        let all: String = Generate::from_text(engine, "ROMEO:", SAMPLING, 5)
            .unwrap()
            .pieces()
            .take(120)
            .collect();
        let stop = &all[40..43];
        let found = all.find(stop).unwrap();
        for (max_tokens, expected, reason) in [
            (120, &all[..found], FinishReason::Stop),
            (found + 2, &all[..found + 2], FinishReason::Length),
            (7, &all[..7], FinishReason::Length),
            (0, "", FinishReason::Length),
        ] {
            engine.reset();
            let stops = [stop];
            let stop = StopStrings::<8>::new(&stops).unwrap();
            let mut text = Generate::from_text(engine, "ROMEO:", SAMPLING, 5)
                .unwrap()
                .until(stop, max_tokens);
            let mut shown = String::new();
            let found = loop {
                if let Some(reason) = text.advance(|piece| shown.push_str(piece)) {
                    break reason;
                }
            };
            assert_eq!((shown.as_str(), found), (expected, reason));
            // An end is one.
            assert_eq!(text.finish(|piece| panic!("{piece}")), reason);
        }
    });
    with(MESSAGES, |engine| {
        let message: String = Generate::from_text(engine, "On my", Sampling::DEFAULT, 2)
            .unwrap()
            .pieces()
            .collect();
        engine.reset();
        let stop = StopStrings::NONE;
        let mut shown = String::new();
        let reason = Generate::from_text(engine, "On my", Sampling::DEFAULT, 2)
            .unwrap()
            .until(stop, 10_000)
            .finish(|piece| shown.push_str(piece));
        assert_eq!((shown, reason), (message, FinishReason::EndOfDocument));
    });
}

#[test]
fn a_text_costs_the_sum_of_its_tokens() {
    for file in [MICROBIT, MESSAGES] {
        with(file, |engine| {
            let text = "To be, or not to be";
            let start = engine.model().tokenizer().start();
            let mut expected = 0;
            let mut last = start;
            for token in encode(engine, text) {
                let logits = engine.step(last).unwrap();
                let real: f64 = logits.iter().map(|&l| (f64::from(l) / 16.0).exp2()).sum();
                let bits = real.log2() - f64::from(logits[usize::from(token)]) / 16.0;
                let integer = Logits::new(logits).bits(token).unwrap();
                assert!((f64::from(integer) / 65_536.0 - bits).abs() < 0.005);
                expected += u64::from(integer);
                last = token;
            }
            let logits = engine.step(last).unwrap().to_vec();
            engine.reset();
            let mut layers = 0;
            let score = engine.score_text(text, || layers += 1).unwrap();
            assert_eq!(score.bits_q16, expected);
            assert_eq!(score.tokens as usize, encode(engine, text).len());
            assert_eq!(layers, score.tokens * 4);
            // All of it is in the context.
            assert_eq!(engine.finish(), logits);
            // In two parts it costs the same.
            engine.reset();
            let first = engine.score_text("To be, or", || ()).unwrap();
            let second = engine.score_text(" not to be", || ()).unwrap();
            if file == MICROBIT {
                assert_eq!(first.bits_q16 + second.bits_q16, expected);
            }
            #[cfg(feature = "std")]
            {
                let per_token = expected as f64 / 65_536.0 / f64::from(score.tokens);
                assert!((score.perplexity().log2() - per_token).abs() < 1e-9);
            }
        });
    }
    with(MICROBIT, |engine| {
        assert_eq!(engine.score_text("a€", || ()).unwrap_err().character, '€');
        assert!(!engine.has_context());
    });
}

#[test]
fn greedy_is_the_most_probable_token() {
    with(MICROBIT, |engine| {
        let mut greedy = Sampler::new(Sampling::GREEDY, 0);
        let mut token = 0;
        for _ in 0..50 {
            let logits = engine.step(token).unwrap();
            token = greedy.sample(logits);
            assert_eq!(Logits::new(logits).argmax(), Some(token));
        }
    });
}
