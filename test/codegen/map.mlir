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

// Two short axes whose sizes are known: all vectors of both, without a loop. The last one ends where they end.
// CHECK-LABEL: func.func private @pixels.kernel_0
// CHECK:       scf.for
// CHECK-NOT:   scf.for
// CHECK:         llvm.store {{.*}} : vector<16xf32>
// CHECK:         llvm.intr.masked.store
// CHECK-NOT:     llvm.intr.masked.store
// CHECK:       return
func.func @pixels(%x: tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>, %r: tensor<?x4x6xf32, #net.sizes<[B, 4, 6]>>)
    -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>> {
  %y = net.kernel : tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>> {
    %b = net.broadcast %r to [0, 1, 3] : tensor<?x4x6xf32, #net.sizes<[B, 4, 6]>> -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
    %s = net.add %x, %b : tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
    net.yield %s : tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
  }
  func.return %y : tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
}
