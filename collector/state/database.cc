#include "collector/state/database.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>

#include "common/unique_fd.h"

namespace spoor::collector {
namespace {

constexpr int kBusyMs = 5'000;

// SQLite would make it readable for all; what it makes beside the file gets the file's mode.
Status create_private(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  return fd.is_open() ? ok() : from_errno(errno, "opening " + path);
}

Code code_of(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL: return Code::full;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return Code::corrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return Code::denied;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG: return Code::invalid;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_NOMEM: return Code::unavailable;
    default: return Code::internal;
  }
}

void bind(sqlite3_stmt* statement, const std::vector<Value>& values) {
  CHECK(sqlite3_bind_parameter_count(statement) == static_cast<int>(values.size()));
  int at = 0;
  for (const Value& value : values) {
    ++at;
    if (const auto* text = std::get_if<std::string>(&value)) {
      sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
    } else {
      sqlite3_bind_int64(statement, at, std::get<int64_t>(value));
    }
  }
}

}  // namespace

int64_t DatabaseRow::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string DatabaseRow::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return "";
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Database::Database(sqlite3* opened) : database_(opened) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, std::span<const char* const> steps) {
  if (path != ":memory:") RETURN_IF_ERROR(create_private(path));
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database database(opened);
  if (result != SQLITE_OK) return database.failure("opening " + path);
  sqlite3_busy_timeout(opened, kBusyMs);
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                             "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF"}) {
    RETURN_IF_ERROR(database.run(pragma).with_context(path));
  }
  RETURN_IF_ERROR(database.migrate(steps).with_context(path));
  return database;
}

Result<Database> Database::open_to_read(const std::string& path) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database database(opened);
  if (result != SQLITE_OK) return database.failure("opening " + path);
  sqlite3_busy_timeout(opened, kBusyMs);
  RETURN_IF_ERROR(database.run("PRAGMA trusted_schema=OFF").with_context(path));
  return database;
}

Status Database::migrate(std::span<const char* const> steps) {
  return transaction([&] {
    int64_t done = 0;
    RETURN_IF_ERROR(
        run("PRAGMA user_version", {}, [&](const auto& row) { done = row.integer(0); }));
    const auto known = static_cast<int64_t>(steps.size());
    if (done > known) {
      return denied("a newer version wrote this file (schema " + std::to_string(done) +
                    ", known here " + std::to_string(known) + "): run that version");
    }
    for (int64_t step = done; step < known; ++step) {
      char* error = nullptr;
      const int result = sqlite3_exec(database_.get(), steps[static_cast<size_t>(step)], nullptr,
                                      nullptr, &error);
      sqlite3_free(error);
      if (result != SQLITE_OK) return failure("building the schema");
    }
    return run("PRAGMA user_version = " + std::to_string(known));
  });
}

Result<sqlite3_stmt*> Database::prepare(std::string_view sql) {
  if (const auto known = prepared_.find(sql); known != prepared_.end()) return known->second.get();
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return failure("preparing " + std::string(sql));
  return prepared_.emplace(sql, Prepared(statement)).first->second.get();
}

Status Database::run(std::string_view sql, const std::vector<Value>& values,
                     const std::function<void(const DatabaseRow&)>& each) {
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql));
  bind(statement, values);
  int result = sqlite3_step(statement);
  for (; result == SQLITE_ROW; result = sqlite3_step(statement)) {
    if (each) each(DatabaseRow(statement));
  }
  const Status status = result == SQLITE_DONE ? ok() : failure("the database");
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

Status Database::transaction(const std::function<Status()>& body) {
  RETURN_IF_ERROR(run("BEGIN IMMEDIATE"));
  Status status = body();
  if (status.is_ok()) status = run("COMMIT");
  // A failure may have ended the transaction by itself.
  if (!status.is_ok() && sqlite3_get_autocommit(database_.get()) == 0) {
    if (const Status back = run("ROLLBACK"); !back.is_ok()) return back;
  }
  return status;
}

int64_t Database::changed() const { return sqlite3_changes64(database_.get()); }

Result<bool> Database::was_changed_by_others() {
  int64_t version = 0;
  RETURN_IF_ERROR(
      run("PRAGMA data_version", {}, [&](const DatabaseRow& row) { version = row.integer(0); }));
  return std::exchange(seen_version_, version) != version;
}

Status Database::failure(const std::string& what) const {
  if (database_ == nullptr) return unavailable(what + ": no memory");
  const int result = sqlite3_extended_errcode(database_.get());
  const Code code = code_of(result);
  return {code == Code::ok ? Code::internal : code,
          what + ": " + sqlite3_errmsg(database_.get())};
}

}  // namespace spoor::collector
