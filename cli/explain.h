/* What skep explain works out about a program before it is shown. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "command.h"
#include "program.h"

enum { EXPLAIN_CLASSES = 8, EXPLAIN_NONE = UINT32_MAX };

/* Where jumps and calls come from: lists linked through arrays that have an element a
 * slot. Slot t is reached from first[t], then next[first[t]], and so on up to
 * EXPLAIN_NONE. */
struct survey {
    uint32_t *first, *next;
    uint32_t classes[EXPLAIN_CLASSES]; /* instructions by the class in their opcode */
};

/* Makes the survey. Returns the exit status; on failure there is nothing to free. */
int survey_open(const struct program *program, struct survey *survey);
void survey_close(struct survey *survey);

/* The name of the class that an opcode's low 3 bits name: "ALU64". */
const char *class_name(unsigned low_bits);

/* "LDX|MEM|W": the opcode in the words of RFC 9669. */
void opcode_words(uint8_t opcode, char *buf, size_t size);

/* The two ways of showing it. */
void explain_text(const struct program *program, const struct survey *survey);
void explain_json(struct jw *j, const struct program *program,
                  const struct survey *survey);

#endif
