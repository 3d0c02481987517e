// The door to state.db, ca.db and the index's catalogue: SQLite in WAL mode, each transaction on
// disk when it returns (synchronous=FULL). Evidence is never in it.
// SQLite's codes become ours: `unavailable` for a busy or failing disk, `full`, `corrupt` for a
// file that is no database, `invalid` where a constraint forbids it, `denied` for a file that we
// may not open.
//
// Several processes may have the same file open (a daemon and a command line): a writer waits up to
// 5 s for another. An object is used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace spoor::collector {

// What goes into a `?` of a statement.
using Value = std::variant<int64_t, std::string>;

// One row of an answer; lives for the call that it is handed to.
class DatabaseRow {
 public:
  explicit DatabaseRow(sqlite3_stmt* statement) : statement_(statement) {}
  int64_t integer(int column) const;
  std::string text(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class Database {
 public:
  // Creates the file with mode 0600 where it is not there. `steps` build the schema, one after the
  // other; how many were done is kept in the file (PRAGMA user_version), so that later versions
  // append steps. `denied` for a file of a newer version.
  static Result<Database> open(const std::string& path, std::span<const char* const> steps);
  // One that is there, for questions alone; it takes no part in its schema.
  static Result<Database> open_to_read(const std::string& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // One statement; `each` is called for every row.
  Status run(std::string_view sql, const std::vector<Value>& values = {},
             const std::function<void(const DatabaseRow&)>& each = {});
  // All of `body` or nothing, and nobody else writes meanwhile; a failure of it comes back. Not
  // nested.
  Status transaction(const std::function<Status()>& body);
  // Rows that the last statement changed.
  int64_t changed() const;
  // Another connection has changed the file since the last call; true the first time.
  Result<bool> was_changed_by_others();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

  explicit Database(sqlite3* opened);
  Result<sqlite3_stmt*> prepare(std::string_view sql);
  Status migrate(std::span<const char* const> steps);
  Status failure(const std::string& what) const;

  std::unique_ptr<sqlite3, Close> database_;
  std::map<std::string, Prepared, std::less<>> prepared_;  // by their text; closed before it
  int64_t seen_version_ = -1;
};

}  // namespace spoor::collector
