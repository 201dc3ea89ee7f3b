// RUN: net-opt %s --net-to-loops | FileCheck %s

// Neighbouring rows are lanes; the last element of each stays in a register.
// CHECK-LABEL: func.func private @down.kernel_0
// CHECK:       scf.for {{.*}} iter_args(%[[BEFORE:.*]] = %{{.*}}) -> (vector<16xf32>)
// CHECK:         %[[NEXT:.*]] = math.fma %{{.*}}, %[[BEFORE]], %{{.*}} : vector<16xf32>
// CHECK:         llvm.store %[[NEXT]]
// CHECK:         scf.yield %[[NEXT]]
func.func @down(%a: tensor<64x512xf32>, %x: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %y = net.recurrence %a, %x over 0 : tensor<64x512xf32>
  func.return %y : tensor<64x512xf32>
}

// A row whose elements are neighbours is a loop over scalars.
// CHECK-LABEL: func.func private @along.kernel_0
// CHECK:       scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (f32)
// CHECK:         math.fma {{.*}} : f32
func.func @along(%a: tensor<64x512xf32>, %x: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %y = net.recurrence %a, %x over 1 : tensor<64x512xf32>
  func.return %y : tensor<64x512xf32>
}

// Key and position of a 32-bit element are one word: one load of each run a turn, one store.
// CHECK-LABEL: func.func private @order.kernel_0
// CHECK:       scf.for {{.*}} -> (i64, i64)
// CHECK:         scf.for {{.*}} -> (i64, i64)
// CHECK-COUNT-2: llvm.load {{.*}} -> i64
// CHECK-NOT:     llvm.load
// CHECK:         llvm.store {{.*}} : i64
// CHECK-NOT:     llvm.store
// CHECK:         scf.yield
func.func @order(%x: tensor<8x100xf32>) -> tensor<8x100xi32> {
  %y = net.argsort %x over 1 : (tensor<8x100xf32>) -> tensor<8x100xi32>
  func.return %y : tensor<8x100xi32>
}

// A part at a run-time position costs an addition: vectors are loaded from there.
// CHECK-LABEL: func.func private @part.kernel_0
// CHECK:       %[[START:.*]] = llvm.load {{.*}} -> i32
// CHECK:       arith.extsi %[[START]]
// CHECK:       llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT:   gather
// CHECK:       return
func.func @part(%x: tensor<100x64xf32>, %i: tensor<i32>) -> tensor<7x64xf32> {
  %p = net.dynamic_slice %x at (%i) over [0] : (tensor<100x64xf32>, tensor<i32>) -> tensor<7x64xf32>
  %y = net.neg %p : tensor<7x64xf32>
  func.return %y : tensor<7x64xf32>
}
