/* A disk under a program, preloaded beneath whatever it uses to write: SQLite, Python, anything.

   Everything that changes files in the folder DISK_ROOT is written into DISK_LOG in the order in
   which it happened, with its bytes; tests/support/disk.py reads it back. And the disk fails on
   command: the file DISK_FAULT holds one word, "full" (what would grow a file finds no room, except
   what was freed since), "failing" (EIO) or "readonly" (EROFS). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

struct entry {
    uint8_t kind, unused;
    uint16_t path_size;
    int32_t fd;
    int64_t offset;
    uint32_t size, unused_too;
};

static char ours[FILES];
static int log_fd = -1;
static const char *root, *fault;
static size_t root_size;
static int64_t freed;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

int open(const char *path, int flags, ...);

__attribute__((constructor)) static void begin(void)
{
    __typeof__(&open) real_open = (__typeof__(&open))dlsym(RTLD_NEXT, "open");
    const char *log = getenv("DISK_LOG");
    root = getenv("DISK_ROOT");
    fault = getenv("DISK_FAULT");
    root_size = root ? strlen(root) : 0;
    if (log)
        log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path)
{
    return root && path && !strncmp(path, root, root_size) && (!path[root_size] || path[root_size] == '/');
}

static void put(const void *bytes, size_t size)
{
    __typeof__(&write) real = (__typeof__(&write))dlsym(RTLD_NEXT, "write");
    while (size > 0) {
        ssize_t done = real(log_fd, bytes, size);
        if (done <= 0)
            abort();
        bytes = (const char *)bytes + done;
        size -= (size_t)done;
    }
}

static void note(char kind, int fd, const char *path, int64_t offset, const void *data, size_t size)
{
    if (log_fd < 0)
        return;
    int kept = errno;
    struct entry entry = {
        .kind = (uint8_t)kind, .path_size = (uint16_t)(path ? strlen(path) : 0), .fd = fd,
        .offset = offset, .size = (uint32_t)size,
    };
    put(&entry, sizeof entry);
    put(path, entry.path_size);
    put(data, size);
    errno = kept;
}

/* The word on the disk's state: its first letter, 0 when all is well. */
static char state(void)
{
    __typeof__(&open) real_open = (__typeof__(&open))dlsym(RTLD_NEXT, "open");
    __typeof__(&close) real_close = (__typeof__(&close))dlsym(RTLD_NEXT, "close");
    char word = 0;
    int kept = errno, fd = fault ? real_open(fault, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        if (read(fd, &word, 1) != 1)
            word = 0;
        /* "full" and "failing" share their first letter. */
        if (word == 'f' && pread(fd, &word, 1, 1) != 1)
            word = 0;
        real_close(fd);
    }
    errno = kept;
    return word;
}

/* Whether the disk takes this; `grows` is how much longer a file would become. */
static int refuses(int64_t grows)
{
    switch (state()) {
    case 'u':
        if (grows > freed)
            return errno = ENOSPC;
        freed -= grows > 0 ? grows : 0;
        return 0;
    case 'a':
        return errno = EIO;
    case 'r':
        return errno = EROFS;
    default:
        freed = 0;
        return 0;
    }
}

static int64_t growth(int fd, int64_t end)
{
    struct stat about;
    return fstat(fd, &about) || end <= about.st_size ? 0 : end - about.st_size;
}

static int tracked(int fd)
{
    return fd >= 0 && fd < FILES && ours[fd];
}

static int opened(int fd, const char *path, int flags, int created)
{
    if (fd >= 0 && fd < FILES) {
        ours[fd] = 1;
        note('o', fd, path, flags, &created, sizeof created);
    }
    return fd;
}

static int open_ours(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    pthread_mutex_lock(&turn);
    int fd = -1, created = (flags & O_CREAT) && access(path, F_OK) != 0;
    char now = state();
    if (now == 'r' && ((flags & O_ACCMODE) != O_RDONLY || created))
        errno = EROFS;
    else if (now == 'a' && created)
        errno = EIO;
    else
        fd = opened(real(path, flags, mode), path, flags, created);
    pthread_mutex_unlock(&turn);
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return is_ours(path) ? open_ours(real, path, flags, mode) : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    REAL(close);
    if (!tracked(fd))
        return real(fd);
    pthread_mutex_lock(&turn);
    ours[fd] = 0;
    note('c', fd, NULL, 0, NULL, 0);
    int done = real(fd);
    pthread_mutex_unlock(&turn);
    return done;
}

#define PWRITE(name) \
    ssize_t name(int fd, const void *data, size_t size, off_t offset) \
    { \
        REAL(name); \
        if (!tracked(fd)) \
            return real(fd, data, size, offset); \
        pthread_mutex_lock(&turn); \
        ssize_t done = -1; \
        if (!refuses(growth(fd, offset + (off_t)size))) \
            done = real(fd, data, size, offset); \
        if (done > 0) \
            note('w', fd, NULL, offset, data, (size_t)done); \
        pthread_mutex_unlock(&turn); \
        return done; \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write);
    if (!tracked(fd))
        return real(fd, data, size);
    pthread_mutex_lock(&turn);
    struct stat about;
    ssize_t done = -1;
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (fcntl(fd, F_GETFL) & O_APPEND && !fstat(fd, &about))
        at = about.st_size;
    if (!refuses(growth(fd, at + (off_t)size)))
        done = real(fd, data, size);
    if (done > 0)
        note('w', fd, NULL, at, data, (size_t)done);
    pthread_mutex_unlock(&turn);
    return done;
}

#define TRUNCATE(name) \
    int name(int fd, off_t size) \
    { \
        REAL(name); \
        if (!tracked(fd)) \
            return real(fd, size); \
        pthread_mutex_lock(&turn); \
        int done = -1; \
        if (!refuses(growth(fd, size)) && !(done = real(fd, size))) \
            note('t', fd, NULL, size, NULL, 0); \
        pthread_mutex_unlock(&turn); \
        return done; \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name) \
    int name(int fd) \
    { \
        REAL(name); \
        if (!tracked(fd)) \
            return real(fd); \
        pthread_mutex_lock(&turn); \
        int done = state() == 'a' ? (errno = EIO, -1) : 0; \
        /* What is on the disk is a matter of the log; a real one would only cost time. */ \
        if (!done && log_fd < 0) \
            done = real(fd); \
        if (!done) \
            note('s', fd, NULL, 0, NULL, 0); \
        pthread_mutex_unlock(&turn); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path)
{
    REAL(unlink);
    if (!is_ours(path))
        return real(path);
    pthread_mutex_lock(&turn);
    struct stat about;
    int64_t size = stat(path, &about) ? 0 : about.st_size;
    int done = -1;
    char now = state();
    if (now == 'r' || now == 'a')
        errno = now == 'r' ? EROFS : EIO;
    else if (!(done = real(path))) {
        freed += now == 'u' ? size : 0;
        note('u', -1, path, 0, NULL, 0);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    if (!is_ours(path))
        return real(path, mode);
    pthread_mutex_lock(&turn);
    int done = -1;
    char now = state();
    if (now == 'r' || now == 'a')
        errno = now == 'r' ? EROFS : EIO;
    else if (!(done = real(path, mode)))
        note('m', -1, path, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

/* Another name for a file, in the place of the one that it has or beside it. */
#define NAMES(name, kind) \
    int name(const char *from, const char *to) \
    { \
        REAL(name); \
        if (!is_ours(to)) \
            return real(from, to); \
        pthread_mutex_lock(&turn); \
        int done = -1; \
        char now = state(); \
        if (now == 'r' || now == 'a') \
            errno = now == 'r' ? EROFS : EIO; \
        else if (!(done = real(from, to))) \
            note(kind, -1, from, 0, to, strlen(to)); \
        pthread_mutex_unlock(&turn); \
        return done; \
    }
NAMES(rename, 'r')
NAMES(link, 'l')
