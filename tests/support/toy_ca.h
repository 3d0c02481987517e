// A certificate authority for tests: root, issuing CA, and whatever leaf a test asks for, wrong
// ones included. P-256 throughout. Failures abort: they are the test's own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace spoor {

// What a leaf says; times in seconds from now.
struct ToyLeaf {
  std::string name = "web1";
  // OpenSSL's words: "DNS:localhost,IP:127.0.0.1,URI:spoor:machine:…".
  std::string alternative = "";
  std::string usage = "clientAuth,serverAuth";
  int64_t from_s = -3600, until_s = 90 * 86'400;
  // A CSR in DER whose key it is for; empty: a key is made.
  std::string request = "";
};

struct ToyCertificate {
  std::string chain;  // PEM: leaf, issuing CA
  std::string key;    // PEM; empty where the leaf is for a request's key
};

class ToyCa {
 public:
  explicit ToyCa(const std::string& name = "toy");
  ~ToyCa();
  ToyCa(const ToyCa&) = delete;
  ToyCa& operator=(const ToyCa&) = delete;

  const std::string& root() const { return root_; }
  const std::string& issuing() const { return issuing_; }
  ToyCertificate issue(const ToyLeaf& leaf) const;
  // A leaf that signed itself.
  ToyCertificate self_signed(const ToyLeaf& leaf) const;
  // The root's, as `sha256:…`.
  std::string fingerprint() const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string root_, issuing_;
};

}  // namespace spoor
