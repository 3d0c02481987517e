#include "agent/encode/record_proto.h"

#include "common/audit/names.h"
#include "common/bytes.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

void put_field(WireWriter& w, int number, const AuditEvent& audit, const RecordField& field);

void put_address(WireWriter& w, const AuditEvent& audit, const SocketAddress& address) {
  using M = v1::SocketAddress;
  w.message(v1::AuditField::kAddressFieldNumber, [&] {
    w.utf8(M::kFamilyFieldNumber, audit.bytes(address.family));
    w.utf8(M::kAddressFieldNumber, audit.bytes(address.address));
    w.number(M::kPortFieldNumber, address.port);
    w.bytes(M::kPathFieldNumber, audit.bytes(address.path));
    w.utf8(M::kScopeFieldNumber, audit.bytes(address.scope));
    w.number(M::kInterfaceFieldNumber, address.interface);
    for (uint32_t i = 0; i < address.members; ++i) {
      put_field(w, M::kMembersFieldNumber, audit, audit.members[address.first_member + i]);
    }
    w.bytes(M::kRestFieldNumber, audit.bytes(address.rest));
    w.number(M::kCutFieldNumber, address.cut);
  });
}

// AuditField.value: there even where it is zero or empty.
void put_value(WireWriter& w, const AuditEvent& audit, const RecordField& field) {
  using M = v1::AuditField;
  using Kind = RecordField::Kind;
  const auto number = static_cast<uint64_t>(field.number);
  const std::string_view value = audit.bytes(field.value);
  switch (field.kind) {
    case Kind::number: return w.has_zigzag(M::kNumberFieldNumber, field.number);
    case Kind::hex: return w.has_fixed64(M::kHexFieldNumber, number);
    case Kind::text: return w.has_bytes(M::kTextFieldNumber, value);
    case Kind::path: return w.has_bytes(M::kPathFieldNumber, value);
    case Kind::address: return put_address(w, audit, audit.addresses[field.address]);
    case Kind::id: return w.has_fixed32(M::kIdFieldNumber, static_cast<uint32_t>(number));
    case Kind::word:
      // `?` and its like are no word of any set, and neither are bytes that are no UTF-8.
      if (field.absent) return;
      w.has_bytes(is_utf8(value) ? M::kWordFieldNumber : M::kTextFieldNumber, value);
  }
}

void put_field(WireWriter& w, int number, const AuditEvent& audit, const RecordField& field) {
  using M = v1::AuditField;
  w.message(number, [&] {
    w.utf8(M::kNameFieldNumber, audit.bytes(field.name));
    put_value(w, audit, field);
    w.number(M::kAbsentFieldNumber, field.absent);
    w.utf8(M::kMeaningFieldNumber, audit.bytes(field.meaning));
  });
}

void put_path(WireWriter& w, int field, const AuditEvent& audit, const PathFields& path) {
  using M = v1::PathItem;
  w.message(field, [&] {
    w.number(M::kItemFieldNumber, path.item);
    if (path.name) w.bytes(M::kNameFieldNumber, audit.bytes(*path.name));
    w.utf8(M::kNametypeFieldNumber, audit.bytes(path.nametype));
    w.fixed64(M::kInodeFieldNumber, path.inode);
    w.utf8(M::kDeviceFieldNumber, audit.bytes(path.device));
    w.number(M::kModeFieldNumber, path.mode);
    w.number(M::kOwnerUidFieldNumber, path.owner_uid);
    w.number(M::kOwnerGidFieldNumber, path.owner_gid);
    w.number(M::kCapFeFieldNumber, path.cap_fe);
    w.fixed64(M::kCapFpFieldNumber, path.cap_fp);
    w.utf8(M::kSpecialFieldNumber, audit.bytes(path.special));
    w.utf8(M::kObjectFieldNumber, audit.bytes(path.object));
    w.fixed64(M::kCapFiFieldNumber, path.cap_fi);
    w.number(M::kCapFverFieldNumber, path.cap_fver);
    w.number(M::kCapFrootidFieldNumber, path.cap_frootid);
    w.number(M::kCapabilitiesUnknownFieldNumber, path.capabilities_unknown);
  });
}

// The first field of that name and kind in any record; null: none has it.
const RecordField* find(const AuditEvent& audit, std::string_view name, RecordField::Kind kind) {
  for (const RecordField& field : audit.fields) {
    if (field.kind == kind && !field.absent && audit.bytes(field.name) == name) return &field;
  }
  return nullptr;
}

}  // namespace

void put_records(WireWriter& w, const AuditEvent& audit) {
  using M = v1::AuditRecord;
  for (const AuditEvent::Record& record : audit.records) {
    if (record.fields + record.enriched == 0 && record.rest.size == 0) continue;
    w.message(v1::Event::kRecordsFieldNumber, [&] {
      w.number(M::kTypeFieldNumber, record.type);
      w.utf8(M::kTypeNameFieldNumber, record_type_name(record.type));
      const auto put = [&](int number, uint32_t first, uint32_t count) {
        for (uint32_t i = 0; i < count; ++i) put_field(w, number, audit, audit.fields[first + i]);
      };
      put(M::kFieldsFieldNumber, record.first_field, record.fields);
      w.bytes(M::kRestFieldNumber, audit.bytes(record.rest));
      put(M::kEnrichedFieldNumber, record.first_field + record.fields, record.enriched);
    });
  }
}

void put_paths(WireWriter& w, int field, const AuditEvent& audit) {
  for (const PathFields& path : audit.paths) put_path(w, field, audit, path);
}

void put_other_record(WireWriter& w, const AuditEvent& audit) {
  using M = v1::OtherRecord;
  if (!audit.records.empty()) {
    w.utf8(M::kRecordTypeFieldNumber, record_type_name(audit.records[0].type));
  }
  if (audit.syscall) {
    const SyscallFields& s = *audit.syscall;
    w.fixed32(M::kPidFieldNumber, s.pid);
    w.bytes(M::kExeFieldNumber, audit.bytes(s.exe));
    w.bytes(M::kSyscallFieldNumber, syscall_name(s.arch, s.number));
  } else {
    const RecordField* pid = find(audit, "pid", RecordField::Kind::id);
    const RecordField* exe = find(audit, "exe", RecordField::Kind::path);
    if (pid != nullptr) w.fixed32(M::kPidFieldNumber, static_cast<uint32_t>(pid->number));
    if (exe != nullptr) w.bytes(M::kExeFieldNumber, audit.bytes(exe->value));
  }
  put_paths(w, M::kPathsFieldNumber, audit);
  if (audit.cwd) w.bytes(M::kCwdFieldNumber, audit.bytes(*audit.cwd));
}

}  // namespace spoor::agent
