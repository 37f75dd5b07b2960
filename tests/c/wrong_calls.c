/* Wrong calls are error numbers: wrong_calls MODEL. Built with sanitizers, which see what is not. */
#include "autarky.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed;

static void expect(const char *call, long long got, long long wanted) {
    if (got != wanted) {
        fprintf(stderr, "%s: %lld, wanted %lld\n", call, got, wanted);
        failed = 1;
    }
}
#define EXPECT(call, wanted) expect(#call, (long long)(call), wanted)

/* For a library that is not instrumented: bytes behind a buffer show whether it writes too far. */
enum { GUARD = 64, FILL = 0xA5 };

static void guard(unsigned char *end) { memset(end, FILL, GUARD); }

static void intact(const char *what, const unsigned char *end) {
    for (int i = 0; i < GUARD; i++) {
        if (end[i] != FILL) {
            fprintf(stderr, "%s: a write behind the end\n", what);
            failed = 1;
            return;
        }
    }
}

/* What a function between layers calls, of a session at work and of another one. */
struct between {
    autarky_t *busy, *other;
    unsigned char *packet;
    int calls;
};

static void between(void *argument) {
    struct between *the = argument;
    if (the->calls++) {
        return;
    }
    autarky_sampling_t sampling = {.seed = 2, .temperature = 100, .top_p = 100};
    autarky_part_t part[6];
    autarky_candidate_t candidate;
    autarky_facts_t facts;
    char piece[AUTARKY_PIECE_BYTES];
    EXPECT(autarky_between(the->busy, NULL, NULL), AUTARKY_BUSY);
    EXPECT(autarky_reset(the->busy), AUTARKY_BUSY);
    EXPECT(autarky_sampling(the->busy, &sampling), AUTARKY_BUSY);
    EXPECT(autarky_self_test(the->busy), AUTARKY_BUSY);
    EXPECT(autarky_prompt(the->busy, "the", 3), AUTARKY_BUSY);
    EXPECT(autarky_next(the->busy, piece, sizeof piece), AUTARKY_BUSY);
    EXPECT(autarky_compress(the->busy, "hello", 5, the->packet, 64, 0), AUTARKY_BUSY);
    EXPECT(autarky_decompress(the->busy, "hello", 5, the->packet, 64, 0), AUTARKY_BUSY);
    EXPECT(autarky_forecast(the->busy, "hello", 5), AUTARKY_BUSY);
    EXPECT(autarky_bits(the->busy, "hello", 5, part, 6), AUTARKY_BUSY);
    EXPECT(autarky_top(the->busy, &candidate, 1), AUTARKY_BUSY);
    EXPECT(autarky_facts(the->busy, &facts, sizeof facts), AUTARKY_BUSY);
    EXPECT(autarky_forecast(the->other, "hello", 5) > 0, 1);
}

static unsigned char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*length);
    if (!bytes || fread(bytes, 1, *length, file) != *length) {
        exit(1);
    }
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        return 2;
    }
    size_t length;
    unsigned char *model = read_file(argv[1], &length);
    size_t need = autarky_state_size(model, length);
    unsigned char *state = malloc(need + 8 + GUARD);
    autarky_t *session = NULL;
    char piece[AUTARKY_PIECE_BYTES];
    unsigned char packet[64 + GUARD], text[64 + GUARD];
    autarky_sampling_t sampling = {.seed = 1, .temperature = 100, .top_p = 100};

    guard(packet + 64);
    guard(text + 64);
    EXPECT(need > 1000, 1);
    EXPECT(autarky_state_size(NULL, length), 0);
    EXPECT(autarky_state_size(model, length - 1), 0);
    EXPECT(autarky_state_size(model, 0), 0);
    EXPECT(autarky_open(NULL, model, length, state, need), AUTARKY_NULL);
    EXPECT(autarky_open(&session, NULL, length, state, need), AUTARKY_NULL);
    EXPECT(autarky_open(&session, model, length, NULL, need), AUTARKY_NULL);
    EXPECT(autarky_open(&session, model, length, state, need / 2), AUTARKY_STATE_TOO_SMALL);
    EXPECT(autarky_open(&session, model, length, state, 0), AUTARKY_STATE_TOO_SMALL);
    EXPECT(autarky_open(&session, model, length - 1, state, need), AUTARKY_NOT_A_MODEL);
    model[length / 2] ^= 0x10;
    EXPECT(autarky_open(&session, model, length, state, need), AUTARKY_NOT_A_MODEL);
    model[length / 2] ^= 0x10;
    EXPECT(session == NULL, 1);

    /* Before it is open. */
    memset(state, 0, need);
    autarky_t *closed = (autarky_t *)(void *)state;
    EXPECT(autarky_next(closed, piece, sizeof piece), AUTARKY_NOT_OPEN);
    EXPECT(autarky_prompt(closed, "a", 1), AUTARKY_NOT_OPEN);
    EXPECT(autarky_reset(NULL), AUTARKY_NULL);
    EXPECT(autarky_self_test(NULL), AUTARKY_NULL);
    EXPECT(autarky_forecast(NULL, "a", 1), AUTARKY_NULL);

    /* A state that begins anywhere: the size is enough at every offset. */
    for (size_t offset = 0; offset < 8; offset++) {
        guard(state + offset + need);
        EXPECT(autarky_open(&session, model, length, state + offset, need), 0);
        EXPECT(autarky_self_test(session) > 0, 1);
        intact("state", state + offset + need);
    }
    EXPECT(autarky_prompt(session, NULL, 1), AUTARKY_NULL);
    EXPECT(autarky_prompt(session, "\xff", 1), AUTARKY_NOT_UTF8);
    EXPECT(autarky_prompt(session, "a", (size_t)1 << 31), AUTARKY_TOO_LONG);
    EXPECT(autarky_prompt(session, "the", 3) > 0, 1);
    EXPECT(autarky_sampling(session, NULL), AUTARKY_NULL);
    EXPECT(autarky_sampling(session, &sampling), 0);
    EXPECT(autarky_next(session, NULL, sizeof piece), AUTARKY_NULL);
    EXPECT(autarky_next(session, piece, sizeof piece - 1), AUTARKY_OUTPUT_TOO_SMALL);
    EXPECT(autarky_next(session, piece, sizeof piece) >= 0, 1);

    EXPECT(autarky_compress(session, NULL, 5, packet, 64, 0), AUTARKY_NULL);
    EXPECT(autarky_compress(session, "hello", 5, NULL, 5, 0), AUTARKY_NULL);
    EXPECT(autarky_compress(session, "hello", 5, packet, 0, 0), AUTARKY_OUTPUT_TOO_SMALL);
    memcpy(packet, "hello", 5);
    EXPECT(autarky_compress(session, packet, 5, packet + 4, 8, 0), AUTARKY_OVERLAP);
    EXPECT(autarky_decompress(session, packet, 5, packet, 8, 0), AUTARKY_OVERLAP);
    int32_t bytes = autarky_compress(session, "hello", 5, packet, 64, 1);
    EXPECT(bytes > 1, 1);
    EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 3, 1), AUTARKY_OUTPUT_TOO_SMALL);
    EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 64, 1), 5);
    EXPECT(memcmp(text, "hello", 5), 0);
    packet[0] ^= 1;
    EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 64, 1), AUTARKY_OTHER_MODEL);
    packet[0] |= 0x80;
    EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 64, 1), AUTARKY_OTHER_KIND);
    EXPECT(autarky_decompress(session, NULL, 0, text, 64, 1), AUTARKY_DAMAGED_PACKET);

    autarky_part_t parts[6];
    autarky_candidate_t top[3];
    autarky_facts_t facts;
    EXPECT(autarky_bits(NULL, "hello", 5, parts, 6), AUTARKY_NULL);
    EXPECT(autarky_bits(session, "hello", 5, NULL, 6), AUTARKY_NULL);
    EXPECT(autarky_bits(session, "hello", 5, parts, 5), AUTARKY_OUTPUT_TOO_SMALL);
    EXPECT(autarky_bits(session, "hello", 5, parts, 6), 6);
    EXPECT(parts[5].bytes, 0);
    EXPECT(autarky_top(session, top, 3), 3);
    EXPECT(autarky_prompt(session, "the", 3) > 0, 1);
    EXPECT(autarky_top(session, NULL, 3), AUTARKY_NULL);
    EXPECT(autarky_top(session, top, 3), 3);
    EXPECT(top[0].bits <= top[1].bits && top[1].bits <= top[2].bits && strlen(top[0].utf8) > 0, 1);
    EXPECT(autarky_facts(session, NULL, sizeof facts), AUTARKY_NULL);
    EXPECT(autarky_facts(session, &facts, 0), AUTARKY_OUTPUT_TOO_SMALL);
    EXPECT(autarky_facts(session, &facts, sizeof facts - 1), AUTARKY_OUTPUT_TOO_SMALL);
    EXPECT(autarky_facts(session, &facts, sizeof facts), sizeof facts);
    EXPECT(facts.vocab_size > 1 && facts.ram < need, 1);

    /* A program whose header has more facts, at an address of its choice. */
    memset(text, FILL, sizeof text);
    EXPECT(autarky_facts(session, (autarky_facts_t *)(void *)(text + 1), sizeof facts + 4), sizeof facts);
    EXPECT(memcmp(text + 1, &facts, sizeof facts), 0);
    EXPECT(memcmp(text + 1 + sizeof facts, "\0\0\0\0\xA5", 5), 0);
    guard(text + 64);

    /* A session that is at work, and one that is not: the work comes out as if nothing had been called. */
    unsigned char *other_state = malloc(need), same[64];
    struct between the = {.busy = session, .packet = same};
    EXPECT(autarky_open(&the.other, model, length, other_state, need), 0);
    bytes = autarky_compress(session, "hello", 5, packet, 64, 0);
    EXPECT(autarky_between(session, between, &the), 0);
    EXPECT(autarky_compress(session, "hello", 5, same, 64, 0), bytes);
    EXPECT(memcmp(same, packet, (size_t)bytes), 0);
    for (int call = 0; call < 6; call++) {
        the.calls = 0;
        switch (call) {
        case 0: EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 64, 0), 5); break;
        case 1: EXPECT(autarky_forecast(session, "hello", 5), bytes); break;
        case 2: EXPECT(autarky_bits(session, "hello", 5, parts, 6), 6); break;
        case 3: EXPECT(autarky_prompt(session, "the", 3) > 0, 1); break;
        case 4:
            /* The first piece is of the prompt's logits, which are there. */
            EXPECT(autarky_next(session, piece, sizeof piece) >= 0, 1);
            EXPECT(autarky_next(session, piece, sizeof piece) >= 0, 1);
            break;
        default: EXPECT(autarky_top(session, top, 3), 3);
        }
        EXPECT(the.calls > 0, 1);
    }
    EXPECT(autarky_between(session, NULL, NULL), 0);
    free(other_state);

    /* Exactly as much room as there is need for, and one byte less. */
    bytes = autarky_compress(session, "hello", 5, packet, 64, 0);
    guard(text + 5);
    EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 5, 0), 5);
    intact("text", text + 5);
    guard(text + 4);
    EXPECT(autarky_decompress(session, packet, (size_t)bytes, text, 4, 0), AUTARKY_OUTPUT_TOO_SMALL);
    intact("text", text + 4);
    guard(text + bytes - 1);
    EXPECT(autarky_compress(session, "hello", 5, text, (size_t)bytes - 1, 0), AUTARKY_OUTPUT_TOO_SMALL);
    intact("packet", text + bytes - 1);
    intact("packet", packet + 64);
    intact("state", state + 7 + need);

    for (int32_t error = -20; error <= 1; error++) {
        EXPECT(strlen(autarky_strerror(error)) > 5, 1);
    }
    free(state);
    free(model);
    return failed;
}
