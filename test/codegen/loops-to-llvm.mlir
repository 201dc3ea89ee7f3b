// RUN: net-opt --net-loops-to-llvm %s | FileCheck %s

// All dialects at once, without casts between; math is an instruction where there is one, also for vectors, else a call of libm.
// CHECK-NOT: unrealized
// CHECK: llvm.func @erf(f64) -> f64
// CHECK-LABEL: llvm.func @loop
// CHECK-NOT: llvm.call @fma
// CHECK: llvm.cond_br
// CHECK: llvm.intr.fma(%{{.*}}) : (vector<8xf32>, vector<8xf32>, vector<8xf32>) -> vector<8xf32>
// CHECK: llvm.call @erf
// CHECK: llvm.return
func.func @loop(%p: !llvm.ptr, %n: i64, %e: f64) -> f64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  scf.for %i = %zero to %n step %one : i64 {
    %at = llvm.getelementptr %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, vector<8xf32>
    %x = llvm.load %at : !llvm.ptr -> vector<8xf32>
    %y = math.fma %x, %x, %x : vector<8xf32>
    llvm.store %y, %at : vector<8xf32>, !llvm.ptr
  }
  %y = math.erf %e : f64
  return %y : f64
}
