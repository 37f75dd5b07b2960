/* The vector table, and what stands between reset and newlib's start. */
#include <stdint.h>

extern uint32_t stack_top[], data_load[], data_start[], data_end[];
extern void _start(void);

static void fault(void) {
    for (;;) {
    }
}

static void reset(void) {
#ifdef __ARM_FP
    /* Full access to the coprocessors 10 and 11: the hardware for floats (ARMv7-M, B3.2.20). */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm volatile("dsb\n\tisb");
#endif
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    _start();
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};
