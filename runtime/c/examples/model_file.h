/* Reads a whole file and opens a session with it: what the examples for hosts share. A firmware has both in place. */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include "autarky.h"
#include <stdio.h>
#include <stdlib.h>

/* Neither the file nor the state is freed: they live as long as the program. */
static autarky_t *open_model(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    void *model = length > 0 ? malloc((size_t)length) : NULL;
    if (!model || fread(model, 1, (size_t)length, file) != (size_t)length) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    size_t bytes = autarky_state_size(model, (size_t)length);
    void *state = malloc(bytes);
    autarky_t *session = NULL;
    int32_t error = bytes ? autarky_open(&session, model, (size_t)length, state, bytes) : AUTARKY_NOT_A_MODEL;
    if (error) {
        fprintf(stderr, "%s: %s\n", path, autarky_strerror(error));
        exit(1);
    }
    return session;
}

#endif
