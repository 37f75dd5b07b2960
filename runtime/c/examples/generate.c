/* Checks the model, then continues a prompt: generate MODEL PROMPT SEED PIECES. */
#include "model_file.h"
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "generate MODEL PROMPT SEED PIECES\n");
        return 2;
    }
    autarky_t *session = open_model(argv[1]);
    int32_t result = autarky_self_test(session);
    if (result < 0) {
        fprintf(stderr, "%s\n", autarky_strerror(result));
        return 1;
    }
    printf("%d steps: the logits are the trainer's, bit for bit\n", (int)result);

    autarky_sampling_t sampling = {.seed = strtoull(argv[3], NULL, 10), .temperature = 80, .top_p = 100};
    result = autarky_sampling(session, &sampling);
    if (result == 0) {
        result = autarky_prompt(session, argv[2], strlen(argv[2]));
    }
    char piece[AUTARKY_PIECE_BYTES];
    for (long left = strtol(argv[4], NULL, 10); result >= 0 && left > 0; left--) {
        result = autarky_next(session, piece, sizeof piece);
        if (result == 0) {
            break; /* the end of the document */
        }
        if (result > 0) {
            fputs(piece, stdout);
        }
    }
    if (result < 0) {
        fprintf(stderr, "%s\n", autarky_strerror(result));
        return 1;
    }
    return 0;
}
