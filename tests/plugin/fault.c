// Makes a file system fail at a chosen moment, for programs run with LD_PRELOAD=fault.so.
//
//   FAULT_MODE=count | full | read-only | error | short     FAULT_AT=N     FAULT_LOG=FILE
//
// What changes files below the current folder is counted from 1: opening for writing, making a folder, writing,
// flushing, resizing, changing permissions, renaming, linking, removing. Sockets, pipes and standard streams do not
// count.
// `full`: operation N writes half of its bytes if it is a write, and from there on nothing can be written or created
// (ENOSPC). `read-only`: from N on nothing can be changed (EROFS). `error`: N alone fails (EIO). `short`: every write
// takes half of its bytes, nothing fails. At the end the number of operations goes to FAULT_LOG.
//
// System calls are caught by a seccomp filter, not by names of C functions: crates call the kernel by themselves.
// The handler repeats a call that may go on with a magic sixth argument, which the filter lets through. Opening for
// reading passes without a signal, so that a program started by this one is loaded before it has a handler of its own.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define RESULT(c) ((c)->uc_mcontext.gregs[REG_RAX])
#define ARGUMENT(c, i) ((c)->uc_mcontext.gregs[(int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8}[i]])
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define RESULT(c) ((c)->uc_mcontext.regs[0])
#define ARGUMENT(c, i) ((c)->uc_mcontext.regs[i])
#else
#error "registers of this processor are not known here"
#endif

enum mode { COUNT, FULL, READ_ONLY, ERROR, SHORT };
enum kind { WRITE, CREATE, FLUSH, CHANGE };
static const unsigned MAGIC = 0x41555446;
static enum mode mode;
static long at, count;
static char folder[PATH_MAX];
static size_t folder_length;

static long pass(long number, const long a[5]) {
    long result = syscall(number, a[0], a[1], a[2], a[3], a[4], (long)MAGIC);
    return result < 0 ? -errno : result;
}

// Whether a path is below the folder; relative ones are, since the program never leaves it.
static int inside(const char *path) {
    if (!path || path[0] != '/') return path != NULL;
    return strncmp(path, folder, folder_length) == 0;
}

static int open_inside(long fd) {
    char link[64], path[PATH_MAX];
    if (fd <= STDERR_FILENO) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%ld", fd);
    long length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/' && inside(path);
}

static int writes(long flags) { return (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT; }

// What a call does to files below the folder, -1 for nothing.
static int kind_of(long number, const long a[5]) {
    switch (number) {
    case SYS_write: case SYS_pwrite64: case SYS_writev: return open_inside(a[0]) ? (int)WRITE : -1;
    case SYS_fsync: case SYS_fdatasync: return open_inside(a[0]) ? (int)FLUSH : -1;
    case SYS_ftruncate: case SYS_fchmod: return open_inside(a[0]) ? (int)CHANGE : -1;
    case SYS_openat: return inside((const char *)a[1]) && writes(a[2]) ? (int)CREATE : -1;
    case SYS_mkdirat: return inside((const char *)a[1]) ? (int)CREATE : -1;
    case SYS_unlinkat: case SYS_fchmodat: return inside((const char *)a[1]) ? (int)CHANGE : -1;
    case SYS_renameat: case SYS_renameat2: case SYS_linkat: return inside((const char *)a[3]) ? (int)CHANGE : -1;
#if defined(__x86_64__)
    case SYS_open: return inside((const char *)a[0]) && writes(a[1]) ? (int)CREATE : -1;
    case SYS_mkdir: return inside((const char *)a[0]) ? (int)CREATE : -1;
    case SYS_unlink: case SYS_rmdir: case SYS_chmod: return inside((const char *)a[0]) ? (int)CHANGE : -1;
    case SYS_rename: case SYS_link: return inside((const char *)a[1]) ? (int)CHANGE : -1;
#endif
    }
    return -1;
}

// Half of a write, at least a byte.
static long half(long number, const long a[5]) {
    long first[5] = {a[0], a[1], a[2], a[3], a[4]};
    if (number == SYS_writev) {
        const struct iovec *part = (const struct iovec *)a[1];
        first[1] = (long)part->iov_base;
        first[2] = (long)part->iov_len;
        number = SYS_write;
    }
    first[2] = (first[2] + 1) / 2;
    return pass(number, first);
}

static void caught(int signal, siginfo_t *info, void *context) {
    (void)signal;
    int kept = errno;
    ucontext_t *c = context;
    long number = info->si_syscall, a[5];
    for (int i = 0; i < 5; i++) a[i] = (long)ARGUMENT(c, i);
    int kind = kind_of(number, a);
    long n = kind < 0 ? 0 : __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    int late = kind >= 0 && n >= at, grows = kind == WRITE || kind == CREATE;
    long result;
    if (mode == FULL && late && n == at && kind == WRITE) result = half(number, a);
    else if (mode == FULL && late && grows) result = -ENOSPC;
    else if (mode == READ_ONLY && late) result = -EROFS;
    else if (mode == ERROR && late && n == at) result = -EIO;
    else if (mode == SHORT && kind == WRITE) result = half(number, a);
    else result = pass(number, a);
    RESULT(c) = result;
    errno = kept;
}

static void die(const char *what) {
    perror(what);
    _exit(99);
}

__attribute__((constructor)) static void begin(void) {
    const char *modes[] = {"count", "full", "read-only", "error", "short"}, *name = getenv("FAULT_MODE");
    if (!name) return;
    while (mode <= SHORT && strcmp(modes[mode], name)) mode++;
    if (mode > SHORT) die("FAULT_MODE");
    at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : LONG_MAX;
    if (!getcwd(folder, sizeof folder - 1)) die("getcwd");
    strcat(folder, "/");
    folder_length = strlen(folder);
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    if (sigaction(SIGSYS, &action, NULL)) die("sigaction");
#define TRAP(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)
#define TRAP_WRITING(number, flags)                                                                                  \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),                                                               \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[flags])),                              \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAGIC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        TRAP(SYS_write), TRAP(SYS_pwrite64), TRAP(SYS_writev), TRAP(SYS_fsync), TRAP(SYS_fdatasync),
        TRAP(SYS_ftruncate), TRAP(SYS_fchmod), TRAP(SYS_mkdirat), TRAP(SYS_unlinkat),
        TRAP(SYS_fchmodat), TRAP(SYS_renameat2), TRAP(SYS_linkat), TRAP_WRITING(SYS_openat, 2),
#ifdef SYS_renameat
        TRAP(SYS_renameat),
#endif
#if defined(__x86_64__)
        TRAP_WRITING(SYS_open, 1), TRAP(SYS_mkdir), TRAP(SYS_unlink), TRAP(SYS_rmdir), TRAP(SYS_chmod),
        TRAP(SYS_rename), TRAP(SYS_link),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) die("no new privileges");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) die("seccomp");
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_LOG");
    FILE *log = path ? fopen(path, "w") : NULL;
    if (!log) return;
    fprintf(log, "%ld\n", count);
    fclose(log);
}
