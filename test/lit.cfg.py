# One test a file: .mlir files run passes, .net files the compiler.
import os
import lit.formats

config.name = "netc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".net", ".test"]
config.excludes = ["inputs", "unit"]
config.test_source_root = os.path.join(config.source_root, "test")
config.test_exec_root = os.path.join(config.binary_root, "test")

# Ours first: a test must not run another version that the machine happens to have.
ours = os.path.join(config.binary_root, "bin")
config.environment["PATH"] = os.pathsep.join([ours, config.llvm_tools, config.environment["PATH"]])
# A failed CHECK shows what came in.
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"

# A finding of a sanitizer is a signal, which no test expects, rather than an exit code.
if config.sanitized:
    config.environment["ASAN_OPTIONS"] = "abort_on_error=1"
    config.environment["UBSAN_OPTIONS"] = "abort_on_error=1:print_stacktrace=1"
    config.available_features.add("sanitized")

config.substitutions.append(("%source", config.source_root))
config.substitutions.append(("%build", config.binary_root))
config.substitutions.append(("%cc", config.c_compiler))
config.substitutions.append(("%python", config.python))

# Tests of programs need the compiler; a build of the passes alone has none.
if os.path.exists(os.path.join(ours, "netc")):
    config.available_features.add("netc")
