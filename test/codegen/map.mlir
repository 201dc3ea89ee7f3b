// RUN: net-opt %s --net-to-loops | FileCheck %s

// Axes that no access takes apart are one loop, in whole vectors, with a masked rest.
// CHECK-LABEL: func.func private @flat.kernel_0
// CHECK-SAME: !llvm.ptr {llvm.noalias}
// CHECK:       scf.for
// CHECK-NOT:   scf.for
// CHECK:         llvm.load {{.*}} -> vector<16xf32>
// CHECK:         llvm.store {{.*}} : vector<16xf32>
// CHECK:       scf.if
// CHECK:         llvm.intr.masked.load
// CHECK:         llvm.intr.masked.store
func.func @flat(%x: tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>>) -> tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>> {
  %y = net.mul %x, %x : tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>>
  func.return %y : tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>>
}

// Six channels and sixteen lanes meet every 48 elements: what depends on the channel alone is loaded once,
// before the loop.
// CHECK-LABEL: func.func private @channels.kernel_0
// CHECK-COUNT-3: llvm.intr.masked.gather
// CHECK:         scf.for
// CHECK-COUNT-3:   llvm.load {{.*}} -> vector<16xf32>
// CHECK-NOT:       masked.gather
// CHECK:         return
func.func @channels(%x: tensor<64x6xf32>, %b: tensor<6xf32>) -> tensor<64x6xf32> {
  %y = net.kernel : tensor<64x6xf32> {
    %c = net.broadcast %b to [1] : tensor<6xf32> -> tensor<64x6xf32>
    %s = net.add %x, %c : tensor<64x6xf32>
    net.yield %s : tensor<64x6xf32>
  }
  func.return %y : tensor<64x6xf32>
}

// What does not depend on the inner loop is outside of it.
// CHECK-LABEL: func.func private @hoisted.kernel_0
// CHECK:       scf.for
// CHECK:         %[[ONE:.*]] = llvm.load {{.*}} -> f32
// CHECK:         math.sqrt %[[ONE]] : f32
// CHECK:         scf.for
// CHECK-NOT:       math.sqrt
// CHECK:         return
func.func @hoisted(%x: tensor<40x64xf32>, %s: tensor<40xf32>) -> tensor<40x64xf32> {
  %y = net.kernel : tensor<40x64xf32> {
    %r = net.sqrt %s : tensor<40xf32>
    %c = net.broadcast %r to [0] : tensor<40xf32> -> tensor<40x64xf32>
    %p = net.mul %x, %c : tensor<40x64xf32>
    net.yield %p : tensor<40x64xf32>
  }
  func.return %y : tensor<40x64xf32>
}

// Truth values are bytes in memory.
// CHECK-LABEL: func.func private @truth.kernel_0
// CHECK:       %[[BYTES:.*]] = arith.extui %{{.*}} : vector<16xi1> to vector<16xi8>
// CHECK:       llvm.store %[[BYTES]]
func.func @truth(%x: tensor<16xf32>, %y: tensor<16xf32>) -> tensor<16xi1> {
  %l = net.lt %x, %y : tensor<16xf32>
  func.return %l : tensor<16xi1>
}

// The gradient of a pool: half of an index below 28 is below 14, so no place has to be checked.
// CHECK-LABEL: func.func private @halves.kernel_0
// CHECK-NOT:   arith.cmpi ult
// CHECK:       return
func.func @halves(%g: tensor<?x14x14x6xf32, #net.sizes<[B, 14, 14, 6]>>) -> tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>> {
  %y = net.kernel : tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>> {
    %b = net.broadcast %g to [0, 1, 2, 3] : tensor<?x14x14x6xf32, #net.sizes<[B, 14, 14, 6]>>
      -> tensor<?x14x14x6x2x2xf32, #net.sizes<[B, 14, 14, 6, 2, 2]>>
    %u = net.unwindow %b {axes = array<i64: 1, 2>, sizes = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>,
      low = array<i64: 0, 0>, high = array<i64: 0, 0>} : tensor<?x14x14x6x2x2xf32, #net.sizes<[B, 14, 14, 6, 2, 2]>>
      -> tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>>
    net.yield %u : tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>>
  }
  func.return %y : tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>>
}
