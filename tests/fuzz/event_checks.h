// What must be true of an event whatever bytes it was made of: bounds hold, and every slice lies
// inside its event.
#pragma once

#include "agent/limits.h"
#include "agent/model.h"
#include "common/check.h"

namespace spoor::agent {

inline void check_slice(const AuditEvent& event, Slice s) {
  CHECK(s.offset <= event.values.size() && s.size <= event.values.size() - s.offset);
}

inline void check_address(const AuditEvent& event, const SocketAddress& a) {
  for (const Slice one : {a.family, a.address, a.path, a.scope, a.rest}) check_slice(event, one);
  CHECK(a.first_member + a.members <= event.members.size());
  // These become `string` fields of a message, which are nothing but UTF-8.
  for (const Slice one : {a.family, a.address, a.scope}) CHECK(is_utf8(event.bytes(one)));
}

inline void check_field(const AuditEvent& event, const RecordField& field) {
  for (const Slice one : {field.name, field.value, field.meaning}) check_slice(event, one);
  CHECK(field.name.size != 0 && is_utf8(event.bytes(field.name)));
  CHECK(is_utf8(event.bytes(field.meaning)));
  if (field.kind == RecordField::Kind::word) CHECK(is_utf8(event.bytes(field.value)));
  if (field.kind == RecordField::Kind::address) CHECK(field.address < event.addresses.size());
}

inline void check_fields(const AuditEvent& event) {
  CHECK(event.fields.size() <= kRecordFieldsMax);
  size_t fields = 0;
  for (const AuditEvent::Record& record : event.records) {
    check_slice(event, record.rest);
    if (record.fields + record.enriched != 0) CHECK(record.first_field == fields);
    fields += record.fields + record.enriched;
  }
  CHECK(fields == event.fields.size());
  for (const RecordField& field : event.fields) check_field(event, field);
  for (const RecordField& member : event.members) check_field(event, member);
  for (const SocketAddress& address : event.addresses) check_address(event, address);
}

inline void check_structs(const AuditEvent& event) {
  if (event.exec) {
    CHECK(event.exec->args.size() <= kExecArgsMax);
    for (const ExecArgument& arg : event.exec->args) check_slice(event, arg.value);
  }
  for (const PathFields& path : event.paths) {
    if (path.name) check_slice(event, *path.name);
    for (const Slice one : {path.nametype, path.device, path.special, path.object}) {
      check_slice(event, one);
    }
  }
  if (event.syscall) {
    const SyscallFields& s = *event.syscall;
    for (const Slice one : {s.tty, s.comm, s.exe, s.key, s.subject}) check_slice(event, one);
  }
  if (event.user) {
    const UserFields& u = *event.user;
    for (const Slice one : {u.op, u.account, u.exe, u.hostname, u.address, u.terminal, u.command,
                            u.cwd, u.unit, u.comm}) {
      check_slice(event, one);
    }
  }
  if (event.cwd) check_slice(event, *event.cwd);
  if (event.proctitle) check_slice(event, *event.proctitle);
}

inline void check_event(const AuditEvent& event) {
  CHECK(event.text.size() <= kEventTextBytesMax);
  CHECK(event.values.size() <= kEventValuesBytesMax);
  CHECK(event.paths.size() <= kPathsMax);
  size_t at = 0;
  for (const AuditEvent::Record& record : event.records) {
    CHECK(record.offset == at);
    at += record.size;
  }
  CHECK(at == event.text.size());
  check_structs(event);
  check_fields(event);
}

}  // namespace spoor::agent
