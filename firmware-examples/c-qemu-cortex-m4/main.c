/* Firmware in C: checks the model, generates text, and sends messages to itself as packets. The same source runs on a
   Cortex-M4 with hardware floats and on a Cortex-M0. printf is newlib's, over semihosting. */
#include "autarky.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char model_start[], model_end[];

/* A board's RAM for the engine. autarky_state_size says how much a model needs. */
static unsigned char state[80 * 1024];

static unsigned long layers;

/* Called after each layer: here a real board feeds its watchdog. */
static void feed_watchdog(void *argument) {
    (void)argument;
    layers++;
}

/* Where a panic of the library would end. */
void autarky_panic(void) {
    puts("panic");
    exit(101);
}

static void check(const char *what, int32_t result) {
    if (result < 0) {
        printf("%s: %s\n", what, autarky_strerror(result));
        exit(1);
    }
}

static void generate(autarky_t *session, const char *prompt, int pieces) {
    const autarky_sampling_t sampling = {.seed = 42, .temperature = 80, .top_p = 100};
    char piece[AUTARKY_PIECE_BYTES];
    check("reset", autarky_reset(session));
    check("sampling", autarky_sampling(session, &sampling));
    check("prompt", autarky_prompt(session, prompt, strlen(prompt)));
    printf("%s", prompt);
    while (pieces-- > 0) {
        const int32_t length = autarky_next(session, piece, sizeof piece);
        check("next", length);
        if (length == 0) {
            break;
        }
        printf("%s", piece);
    }
    printf("\n");
}

static void send(autarky_t *session, const char *message) {
    unsigned char packet[233];
    char text[400];
    const int32_t bytes = autarky_compress(session, message, strlen(message), packet, sizeof packet, 1);
    check("compress", bytes);
    printf("%u bytes as %ld:", (unsigned)strlen(message), (long)bytes);
    for (int32_t i = 0; i < bytes; i++) {
        printf(" %02x", packet[i]);
    }
    const int32_t length = autarky_decompress(session, packet, (size_t)bytes, text, sizeof text, 1);
    check("decompress", length);
    printf("\n%.*s\n", (int)length, text);
    /* A packet that lost its last byte is refused. */
    const int32_t cut = autarky_decompress(session, packet, (size_t)bytes - 1, text, sizeof text, 1);
    printf("cut: %s\n", cut < 0 ? autarky_strerror(cut) : "read, although it is damaged");
}

int main(void) {
    const size_t length = (size_t)(model_end - model_start);
    const size_t need = autarky_state_size(model_start, length);
    autarky_t *session;
    if (need > sizeof state) {
        printf("the model needs %u bytes of state, there are %u\n", (unsigned)need, (unsigned)sizeof state);
        return 1;
    }
    check("open", autarky_open(&session, model_start, length, state, sizeof state));
    check("between", autarky_between(session, feed_watchdog, NULL));
    const int32_t steps = autarky_self_test(session);
    check("self-test", steps);
    printf("%ld steps: the logits are the trainer's, bit for bit\n", (long)steps);
    generate(session, "ROMEO:\n", 60);
    send(session, "Good morrow, cousin.");
    send(session, "Meet me at the gate \xe2\x80\x94 bring the letter!");
    printf(layers > 0 ? "the watchdog was fed\n" : "the watchdog was not fed\n");
    return 0;
}
