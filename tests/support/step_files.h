// A real disk of which every change is a step that a test can count, fail or die before.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/files.h"

namespace spoor {

class StepFiles final : public Files {
 public:
  // Before each change; what is not ok is its failure, and it is not done.
  std::function<Status()> before_step = [] { return ok(); };

  Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    return real_.open_read(path);
  }
  Result<std::unique_ptr<File>> open_append(const std::string& path) override {
    RETURN_IF_ERROR(before_step());
    ASSIGN_OR_RETURN(std::unique_ptr<File> file, real_.open_append(path));
    return std::unique_ptr<File>(std::make_unique<StepFile>(*this, std::move(file)));
  }
  Result<std::vector<std::string>> list(const std::string& folder) override {
    return real_.list(folder);
  }
  Status make_folder(const std::string& folder) override { return real_.make_folder(folder); }
  Status sync_folder(const std::string& folder) override {
    RETURN_IF_ERROR(before_step());
    return real_.sync_folder(folder);
  }
  Status rename(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(before_step());
    return real_.rename(from, to);
  }
  Status remove(const std::string& path) override {
    RETURN_IF_ERROR(before_step());
    return real_.remove(path);
  }

 private:
  class StepFile final : public File {
   public:
    StepFile(StepFiles& files, std::unique_ptr<File> real)
        : files_(files), real_(std::move(real)) {}
    Status read_at(uint64_t offset, size_t size, std::string& out) override {
      return real_->read_at(offset, size, out);
    }
    Status append(std::string_view bytes) override {
      RETURN_IF_ERROR(files_.before_step());
      return real_->append(bytes);
    }
    Status sync() override {
      RETURN_IF_ERROR(files_.before_step());
      return real_->sync();
    }
    Status truncate(uint64_t size) override {
      RETURN_IF_ERROR(files_.before_step());
      return real_->truncate(size);
    }
    Result<uint64_t> size() override { return real_->size(); }

   private:
    StepFiles& files_;
    const std::unique_ptr<File> real_;
  };

  PosixFiles real_;
};

}  // namespace spoor
