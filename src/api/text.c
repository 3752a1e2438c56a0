/* Programs as text, for callers. */
#include <ctype.h>
#include <string.h>

#include "api/vm.h"
#include "text/text.h"

enum skep_code skep_prog_insn(const skep_prog *prog, uint32_t pc, struct skep_insn *insn)
{
    const struct sk_prog *p = &prog->image.prog;
    const struct sk_insn *i;
    struct sk_slot slot;
    int64_t target;

    if (!prog || !insn || pc >= p->count)
        return SKEP_E_ARGUMENT;
    i = &p->insns[pc];
    slot = sk_slot_read(p->slots, pc);
    *insn = (struct skep_insn){ .pc = pc,
                                .target = UINT32_MAX,
                                .function = sk_prog_function_of(p, pc) };
    if (i->op == SK_OP_SECOND)
        return SKEP_OK;
    target = sk_insn_target(i, pc);
    insn->slots = sk_insn_slots(i);
    insn->form = i->op;
    insn->opcode = slot.opcode;
    insn->dst = slot.dst;
    insn->src = slot.src;
    insn->off = slot.off;
    insn->imm = slot.imm;
    if (insn->slots == 2)
        insn->next_imm = sk_slot_read(p->slots, pc + 1).imm;
    if (target >= 0)
        insn->target = (uint32_t)target;
    return SKEP_OK;
}

size_t skep_insn_text(const skep_prog *prog, uint32_t pc, enum skep_dialect dialect,
                      char *buf, size_t size)
{
    struct sk_out out;

    sk_out_buf(&out, buf, size);
    if (pc < prog->image.prog.count && prog->image.prog.insns[pc].op != SK_OP_SECOND)
        sk_text_of(&out, &prog->image.prog, dialect, pc);
    return out.len;
}

size_t skep_insn_words(const skep_prog *prog, uint32_t pc, char *buf, size_t size)
{
    struct sk_out out;

    sk_out_buf(&out, buf, size);
    if (pc < prog->image.prog.count && prog->image.prog.insns[pc].op != SK_OP_SECOND)
        sk_text_words_of(&out, &prog->image.prog, pc);
    return out.len;
}

enum skep_code skep_prog_function_note(const skep_prog *prog, uint32_t index,
                                       struct skep_function_note *note)
{
    struct skep_function_note full;
    const struct sk_note_function *f;

    if (!prog || !note || index >= prog->image.prog.function_count)
        return SKEP_E_ARGUMENT;
    f = sk_notes_function(&prog->image.prog.notes,
                          prog->image.prog.functions[index].first);
    full = (struct skep_function_note){ .name = f ? f->name : "",
                                        .symbol = f ? f->symbol : "",
                                        .proto = f && f->proto ? f->proto : "" };
    sk_api_give(note, &full, sizeof(full));
    return SKEP_OK;
}

enum skep_code skep_prog_line(const skep_prog *prog, uint32_t pc, struct skep_line *line)
{
    const struct sk_note_line *found;
    struct skep_line full;

    if (!prog || !line || pc >= prog->image.prog.count)
        return SKEP_E_ARGUMENT;
    found = sk_notes_line_of(&prog->image.prog.notes, pc);
    if (!found)
        return SKEP_E_ARGUMENT;
    full = (struct skep_line){ .pc = found->pc,
                               .line = found->line,
                               .column = found->column,
                               .file = found->file,
                               .text = found->text };
    sk_api_give(line, &full, sizeof(full));
    return SKEP_OK;
}

const char *skep_prog_poison(const skep_prog *prog, uint32_t pc)
{
    return prog ? sk_notes_poison(&prog->image.prog.notes, pc) : NULL;
}

const char *skep_prog_extern(const skep_prog *prog, uint32_t pc)
{
    return prog ? sk_notes_extern(&prog->image.prog.notes, pc) : NULL;
}

static enum skep_code need_writer(const void *handle, const char *name,
                                  skep_write_fn write, struct skep_err *err)
{
    SK_TRY(sk_api_need(handle, name, err));
    if (!write)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "write is NULL");
    return SKEP_OK;
}

static enum skep_code written(const struct sk_out *out, struct skep_err *err)
{
    if (out->failed)
        return sk_fail(err, E_OUTPUT, sk_at_nothing());
    return SKEP_OK;
}

enum skep_code skep_list(const skep_prog *prog, uint32_t flags, skep_write_fn write,
                         void *ctx, struct skep_err *err)
{
    struct sk_out out;

    SK_TRY(need_writer(prog, "prog", write, err));
    if (flags & ~(uint32_t)(SKEP_LIST_OPCODES | SKEP_LIST_LINUM))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown flags of a listing");
    sk_out_writer(&out, write, ctx);
    sk_text_list(&out, &prog->image.prog, flags);
    return written(&out, err);
}

enum skep_code skep_list_visual(const skep_prog *prog, skep_write_fn write, void *ctx,
                                struct skep_err *err)
{
    struct sk_out out;

    SK_TRY(need_writer(prog, "prog", write, err));
    sk_out_writer(&out, write, ctx);
    SK_TRY(sk_text_visual(&out, &prog->image.prog, err));
    return written(&out, err);
}

enum skep_code skep_disasm(skep_vm *vm, const void *slots, size_t len,
                           const struct skep_disasm_opts *opts, skep_write_fn write,
                           void *ctx, struct skep_err *err)
{
    struct skep_disasm_opts o;
    struct sk_prog prog;
    struct sk_out out;

    SK_TRY(need_writer(vm, "vm", write, err));
    SK_TRY(sk_api_need(slots, "slots", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_disasm_opts", err));
    if (!o.no_check) {
        SK_TRY(sk_prog_init(&prog, &vm->env, NULL, slots, len, err));
        sk_prog_fini(&prog);
    } else if (len % SK_SLOT_BYTES) {
        return sk_fail(err, E_LENGTH, sk_at_nothing(), len);
    } else if (len / SK_SLOT_BYTES > UINT32_MAX) {
        return sk_fail(err, E_TOO_LONG, sk_at_nothing(), len / SK_SLOT_BYTES, UINT32_MAX);
    }
    sk_out_writer(&out, write, ctx);
    sk_text_slots(&out, &vm->env, o.dialect, slots, (uint32_t)(len / SK_SLOT_BYTES));
    return written(&out, err);
}

uint32_t skep_form_count(void)
{
    return SK_OP_COUNT;
}

static const char *status_of(const struct sk_row *row)
{
    if (row->role == SK_ROLE_RESERVED)
        return "reserved";
    if (row->group == SK_GROUP_PACKET)
        return "deprecated";
    return row->group == SK_GROUP_LINUX ? "linux" : "standard";
}

enum skep_code skep_form_get(uint32_t index, struct skep_form *form)
{
    static const char *const groups[] = { "base32",   "base64",   "divmul32",
                                          "divmul64", "atomic32", "atomic64",
                                          "packet",   "callx",    "linux" };
    static const char *const since[] = { "v1", "v2", "v3", "v4", "linux" };
    static const char *const fields[] = { "", "off", "imm", "src" };
    const struct sk_row *row;

    if (!form || index >= SK_OP_COUNT)
        return SKEP_E_ARGUMENT;
    row = &sk_isa[index];
    *form = (struct skep_form){
        .name = row->name,
        .class_name = sk_class_name(sk_opcode_class(row->opcode)),
        .group = groups[row->group],
        .since = since[row->since],
        .status = status_of(row),
        .text = row->text,
        .words = row->words,
        .selector = fields[row->field],
        .selector_value = row->value,
        .opcode = row->opcode,
        .width = row->width,
        .slots = row->role == SK_ROLE_WIDE ? 2 : 1,
        .uses = row->uses,
    };
    return SKEP_OK;
}

size_t skep_form_example(uint32_t index, enum skep_dialect dialect, uint8_t slots[16],
                         char *buf, size_t size)
{
    struct sk_insn insn;
    struct sk_out out;

    sk_out_buf(&out, buf, size);
    if (index >= SK_OP_COUNT)
        return 0;
    memset(slots, 0, 16);
    insn = sk_text_example((enum sk_op)index);
    sk_encode(slots, 0, &insn);
    sk_text_insn(&out, NULL, dialect, &insn, 0);
    return out.len;
}
