/* Runs files through a fuzz target without a fuzzer: the main of fuzz.NAME tests.
 *
 *     fuzz_NAME PATH...      each file, and each file of a folder
 *
 * The target judges by crashing. No input at all is a failure, so that a lost corpus is
 * noticed. */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs one file; returns how many were run, or -1 when it cannot be read. */
static int run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    uint8_t *data = malloc(size ? size : 1); /* exact, so that ASan sees the end */
    int done = -1;
    if (data && fread(data, 1, size, file) == size) {
        LLVMFuzzerTestOneInput(data, size);
        done = 1;
    }
    free(data);
    fclose(file);
    return done;
}

static int run_path(const char *path);

/* Runs every file of a folder; returns how many, or -1 when one cannot be read. */
static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return -1;
    int count = 0;
    struct dirent *entry;
    while (count >= 0 && (entry = readdir(folder))) {
        char name[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= PATH_MAX) {
            count = -1;
            break;
        }
        int done = run_path(name);
        count = done < 0 ? -1 : count + done;
    }
    closedir(folder);
    return count;
}

static int run_path(const char *path)
{
    struct stat status;
    if (stat(path, &status))
        return -1;
    return S_ISDIR(status.st_mode) ? run_folder(path)
                                   : run_file(path, (size_t)status.st_size);
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int done = run_path(argv[i]);
        if (done < 0) {
            perror(argv[i]);
            return 1;
        }
        total += done;
    }
    printf("%d inputs\n", total);
    return total ? 0 : 1;
}
