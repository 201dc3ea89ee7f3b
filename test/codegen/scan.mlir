// RUN: net-opt %s --net-to-loops --split-input-file | FileCheck %s

// Weights that come from above the turns are packed once, before them.
// CHECK-LABEL: func.func @packed(
// CHECK:       call @packed.kernel_{{[0-9]+}}(
// CHECK:       call @netrt_barrier
// CHECK:       scf.for
// CHECK-NOT:   call @packed.kernel_1(
// CHECK:       call @packed.kernel_1.1(
// CHECK:       return
func.func @packed(%x: tensor<9x32x256xf32>, %w: tensor<256x256xf32>, %a: tensor<32x256xf32>) -> tensor<32x256xf32> {
  %h = net.scan %x with %a : (tensor<9x32x256xf32>, tensor<32x256xf32>) -> tensor<32x256xf32> {
  ^bb0(%e: tensor<32x256xf32>, %before: tensor<32x256xf32>):
    %y = net.kernel : tensor<32x256xf32> {
      %p = net.einsum "bi,ij->bj" %before, %w : (tensor<32x256xf32>, tensor<256x256xf32>) -> tensor<32x256xf32>
      %s = net.add %p, %e : tensor<32x256xf32>
      net.yield %s : tensor<32x256xf32>
    }
    net.yield %y : tensor<32x256xf32>
  }
  return %h : tensor<32x256xf32>
}

// -----

// All threads look at the flag behind the barrier of the turn before, and leave together; then the carries are put where
// they are looked for, and what was kept is repeated.
// CHECK-LABEL: func.func @until(
// CHECK:       call @netrt_barrier
// CHECK:       %[[RAN:.*]] = scf.while
// CHECK:         %[[MORE:.*]] = arith.cmpi slt
// CHECK:         %[[FLAG:.*]] = llvm.load {{.*}} -> i8
// CHECK:         %[[RUNS:.*]] = arith.cmpi eq, %[[FLAG]]
// CHECK:         %[[BOTH:.*]] = arith.andi %[[MORE]], %[[RUNS]]
// CHECK:         scf.condition(%[[BOTH]])
// CHECK:         call @netrt_barrier
// CHECK:         scf.yield
// CHECK:       "llvm.intr.memcpy"
// CHECK:       "llvm.intr.memset"
// CHECK:       scf.for
// CHECK:         "llvm.intr.memcpy"
// CHECK:       return
func.func @until(%x: tensor<9xf32>, %a: tensor<f32>, %no: tensor<i1>) -> tensor<9xf32> {
  %k, %h, %d = net.scan %x with %a, %no {until = 1 : i64} : (tensor<9xf32>, tensor<f32>, tensor<i1>) -> (tensor<9xf32>, tensor<f32>, tensor<i1>) {
  ^bb0(%e: tensor<f32>, %before: tensor<f32>, %done: tensor<i1>):
    %s = net.add %before, %e : tensor<f32>
    %over = net.gt %s, %e : tensor<f32>
    net.yield %s, %s, %over : tensor<f32>, tensor<f32>, tensor<i1>
  }
  return %k : tensor<9xf32>
}
