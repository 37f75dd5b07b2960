// Counts executed guest instructions between two marker instructions, by program counter and by phase.
//
//   qemu-system-arm ... -plugin count.so,out=FILE,begin=ADDR,end=ADDR[,phase=ADDR][,detail=N:N...]
//
// The instruction at `begin` opens a window, the one at `end` closes it; neither is counted. Windows are numbered from
// 0. Within a window every execution of the instruction at `phase` begins the next phase. FILE gets a line
// "window N TOTAL" for each, and for those listed in `detail` lines "at PHASE PC COUNT" before it.
//
// The plugin interface, version 1 (QEMU 4.2 to 9), is declared here by hand: no package ships its header.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { PHASES = 1024, BUCKETS = 1 << 14, NO_REGISTERS = 0 };
struct counter {
    uint64_t pc, window;
    struct counter *next;
    uint32_t counts[PHASES];
};
static struct counter *buckets[BUCKETS];
static uint64_t begin, end, phase_at, total, window;
static unsigned phase;
static int counting;
static char detail[256] = ":";
static FILE *out;

static void report(void) {
    char number[32];
    snprintf(number, sizeof number, ":%" PRIu64 ":", window);
    int wanted = strstr(detail, number) != NULL;
    for (int i = 0; wanted && i < BUCKETS; i++)
        for (struct counter *c = buckets[i]; c; c = c->next)
            for (unsigned p = 0; c->window == window && p <= phase; p++)
                if (c->counts[p]) fprintf(out, "at %u %" PRIx64 " %" PRIu32 "\n", p, c->pc, c->counts[p]);
    fprintf(out, "window %" PRIu64 " %" PRIu64 "\n", window++, total);
}

static void executed(unsigned cpu, void *data) {
    struct counter *c = data;
    if (c->pc == begin) {
        counting = 1;
        total = phase = 0;
    } else if (c->pc == end && counting) {
        counting = 0;
        report();
    } else if (counting) {
        if (c->pc == phase_at && phase + 1 < PHASES) phase++;
        if (c->window != window) {
            memset(c->counts, 0, sizeof c->counts);
            c->window = window;
        }
        c->counts[phase]++;
        total++;
    }
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        struct counter **at = &buckets[pc / 2 % BUCKETS];
        while (*at && (*at)->pc != pc) at = &(*at)->next;
        if (!*at) {
            *at = calloc(1, sizeof **at);
            if (!*at) abort();
            (*at)->pc = pc;
        }
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, *at);
    }
}

static void finished(qemu_plugin_id_t id, void *data) {
    fclose(out);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                                                               int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value) return 1;
        *value++ = 0;
        if (!strcmp(argv[i], "out")) out = fopen(value, "w");
        else if (!strcmp(argv[i], "begin")) begin = strtoull(value, NULL, 0);
        else if (!strcmp(argv[i], "end")) end = strtoull(value, NULL, 0);
        else if (!strcmp(argv[i], "phase")) phase_at = strtoull(value, NULL, 0);
        else if (!strcmp(argv[i], "detail")) snprintf(detail, sizeof detail, ":%s:", value);
        else return 1;
    }
    if (!out) return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
