/* An opcode byte taken apart. */
#include "opcode.h"

enum { LD, LDX, ST, STX, ALU, JMP, JMP32, ALU64 };
enum { ALU_NEG = 8, ALU_END = 13, JMP_JA = 0, JMP_CALL = 8, JMP_EXIT = 9 };

struct name {
    const char *name, *meaning;
};

/* RFC 9669, 3.1 */
static const struct name classes[8] = {
    { "LD", "special loads" },
    { "LDX", "load from memory into a register" },
    { "ST", "store an immediate into memory" },
    { "STX", "store a register into memory" },
    { "ALU", "32-bit arithmetic" },
    { "JMP", "jumps that compare 64 bits, calls, exit" },
    { "JMP32", "jumps that compare 32 bits" },
    { "ALU64", "64-bit arithmetic" },
};

/* RFC 9669, 4.1 */
static const struct name alu_codes[16] = {
    { "ADD", "add" },
    { "SUB", "subtract" },
    { "MUL", "multiply" },
    { "DIV", "divide" },
    { "OR", "bitwise or" },
    { "AND", "bitwise and" },
    { "LSH", "shift left" },
    { "RSH", "shift right, zeros come in" },
    { "NEG", "negate" },
    { "MOD", "remainder" },
    { "XOR", "bitwise exclusive or" },
    { "MOV", "move" },
    { "ARSH", "shift right, the sign comes in" },
    { "END", "byte order" },
    { "?", "" },
    { "?", "" },
};

/* RFC 9669, 4.3 */
static const struct name jump_codes[16] = {
    { "JA", "jump always" },
    { "JEQ", "jump if equal" },
    { "JGT", "jump if above, unsigned" },
    { "JGE", "jump if above or equal, unsigned" },
    { "JSET", "jump if a bit is common" },
    { "JNE", "jump if not equal" },
    { "JSGT", "jump if greater, signed" },
    { "JSGE", "jump if greater or equal, signed" },
    { "CALL", "call a function" },
    { "EXIT", "return" },
    { "JLT", "jump if below, unsigned" },
    { "JLE", "jump if below or equal, unsigned" },
    { "JSLT", "jump if less, signed" },
    { "JSLE", "jump if less or equal, signed" },
    { "JCOND", "jump if a hidden counter says so" },
    { "?", "" },
};

/* RFC 9669, 5 */
static const struct name modes[8] = {
    { "IMM", "64-bit immediate" },
    { "ABS", "packet, at a fixed offset" },
    { "IND", "packet, at an offset in a register" },
    { "MEM", "memory" },
    { "MEMSX", "memory, with sign extension" },
    { "?", "" },
    { "ATOMIC", "memory, atomically" },
    { "?", "" },
};

static const struct name sizes[4] = {
    { "W", "4 bytes" },
    { "H", "2 bytes" },
    { "B", "1 byte" },
    { "DW", "8 bytes" },
};

static struct name source_name(int kind, int code, int bit)
{
    static const struct name immediate = { "K", "the operand is the immediate" };
    static const struct name register_ = { "X", "the operand is the source register" };

    if (kind == ALU && code == ALU_END)
        return bit ? (struct name){ "BE", "to big-endian" }
                   : (struct name){ "LE", "to little-endian" };
    if (!bit && ((kind == ALU64 && code == ALU_END) ||
                 ((kind == ALU || kind == ALU64) && code == ALU_NEG) ||
                 (kind == JMP && code == JMP_EXIT)))
        return (struct name){ "K", "there is no other operand" };
    return bit ? register_ : immediate;
}

static struct opcode_part part(const char *kind, struct name name, int shift, int bits)
{
    return (struct opcode_part){ kind, name.name, name.meaning, shift, bits };
}

void opcode_parts(uint8_t opcode, struct opcode_part parts[OPCODE_PARTS])
{
    int kind = opcode & 7, code = opcode >> 4, bit = opcode >> 3 & 1, is_alu;

    parts[2] = part("class", classes[kind], 0, 3);
    if (kind == LD || kind == LDX || kind == ST || kind == STX) {
        parts[0] = part("mode", modes[opcode >> 5], 5, 3);
        parts[1] = part("size", sizes[opcode >> 3 & 3], 3, 2);
        return;
    }
    is_alu = kind == ALU || kind == ALU64;
    parts[0] = part("code", is_alu ? alu_codes[code] : jump_codes[code], 4, 4);
    parts[1] = part("source", source_name(kind, code, bit), 3, 1);
}
