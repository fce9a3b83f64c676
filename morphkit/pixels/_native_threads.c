/* Shares of one piece of work in threads: POSIX or Windows, elsewhere one by one. */
#include "_native.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#elif defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define WITH_PTHREADS 1
#endif

typedef struct {
    Share share;
    void *context;
    int index, count;
} Part;

#if defined(_WIN32)
typedef HANDLE Thread;
static DWORD WINAPI run_part(void *argument) {
    const Part *part = argument;
    part->share(part->context, part->index, part->count);
    return 0;
}
static int start(Thread *thread, Part *part) {
    *thread = CreateThread(NULL, 0, run_part, part, 0, NULL);
    return *thread != NULL;
}
static void wait_for(Thread thread) {
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}
#elif defined(WITH_PTHREADS)
typedef pthread_t Thread;
static void *run_part(void *argument) {
    const Part *part = argument;
    part->share(part->context, part->index, part->count);
    return NULL;
}
/* Rows of many photos need some 30 KB of stack; musl gives 128 KB by default. */
static int start(Thread *thread, Part *part) {
    return pthread_create(thread, NULL, run_part, part) == 0;
}
static void wait_for(Thread thread) { pthread_join(thread, NULL); }
#else
typedef int Thread;
static int start(Thread *thread, Part *part) {
    (void)thread, (void)part;
    return 0;
}
static void wait_for(Thread thread) { (void)thread; }
#endif

void in_threads(int count, Share share, void *context) {
    Part parts[MAX_THREADS];
    Thread threads[MAX_THREADS];
    int started[MAX_THREADS] = {0};
    for (int k = 1; k < count; k++) {
        parts[k] = (Part){share, context, k, count};
        started[k] = start(&threads[k], &parts[k]);
    }
    share(context, 0, count);
    for (int k = 1; k < count; k++) {
        if (started[k])
            wait_for(threads[k]);
        else /* no thread was to be had */
            share(context, k, count);
    }
}
