/* The model file, in flash. The build names it: -DMODEL='"path"'. */
        .section .rodata.model, "a"
        .balign 4
        .global model_start, model_end
model_start:
        .incbin MODEL
model_end:
