// RUN: net-opt %s --net-fuse | FileCheck %s

// Bias and activation go on in the product's registers.
// CHECK-LABEL: func.func @dense(
// CHECK-COUNT-1: net.kernel
// CHECK:         net.einsum
// CHECK:         net.add
// CHECK:         net.tanh
// CHECK-NOT:   net.kernel
// CHECK:       return
func.func @dense(%x: tensor<64x32xf32>, %w: tensor<32x16xf32>, %b: tensor<16xf32>) -> tensor<64x16xf32> {
  %p = net.einsum "ab,bc->ac" %x, %w : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  %all = net.broadcast %b to [1] : tensor<16xf32> -> tensor<64x16xf32>
  %s = net.add %p, %all : tensor<64x16xf32>
  %y = net.tanh %s : tensor<64x16xf32>
  func.return %y : tensor<64x16xf32>
}

// One product a kernel.
// CHECK-LABEL: func.func @two(
// CHECK:       %[[FIRST:.*]] = net.kernel
// CHECK:         net.einsum
// CHECK:       net.kernel
// CHECK:         net.einsum "ab,bc->ac" %[[FIRST]]
func.func @two(%x: tensor<64x32xf32>, %v: tensor<32x32xf32>, %w: tensor<32x16xf32>) -> tensor<64x16xf32> {
  %p = net.einsum "ab,bc->ac" %x, %v : (tensor<64x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>
  %q = net.einsum "ab,bc->ac" %p, %w : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  func.return %q : tensor<64x16xf32>
}

// A chain of elementwise operations is one pass; what is returned on the way is stored from it.
// CHECK-LABEL: func.func @chain(
// CHECK:       %[[K:.*]]:2 = net.kernel
// CHECK:         %[[A:.*]] = net.exp
// CHECK:         %[[B:.*]] = net.sin %[[A]]
// CHECK:         net.yield %[[A]], %[[B]]
// CHECK:       return %[[K]]#0, %[[K]]#1
func.func @chain(%x: tensor<1000xf32>) -> (tensor<1000xf32>, tensor<1000xf32>) {
  %a = net.exp %x : tensor<1000xf32>
  %b = net.sin %a : tensor<1000xf32>
  func.return %a, %b : tensor<1000xf32>, tensor<1000xf32>
}

// What is summed is computed in the sum; sums of one domain share a pass.
// CHECK-LABEL: func.func @sums(
// CHECK:       net.kernel
// CHECK:         net.mul
// CHECK-DAG:     net.sum
// CHECK-DAG:     net.sum
// CHECK:         net.yield
// CHECK-NOT:   net.kernel
// CHECK:       return
func.func @sums(%x: tensor<64x100xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %square = net.mul %x, %x : tensor<64x100xf32>
  %a = net.sum %x over [1] : (tensor<64x100xf32>) -> tensor<64xf32>
  %b = net.sum %square over [1] : (tensor<64x100xf32>) -> tensor<64xf32>
  func.return %a, %b : tensor<64xf32>, tensor<64xf32>
}

// Rows and what is done with them: softmax is one kernel where there are rows enough.
// CHECK-LABEL: func.func @softmax(
// CHECK-COUNT-1: net.kernel
// CHECK-NOT:   net.kernel
// CHECK:       return
func.func @softmax(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %l = net.logsumexp %x over [1] : (tensor<64x100xf32>) -> tensor<64xf32>
  %all = net.broadcast %l to [0] : tensor<64xf32> -> tensor<64x100xf32>
  %d = net.sub %x, %all : tensor<64x100xf32>
  %y = net.exp %d : tensor<64x100xf32>
  func.return %y : tensor<64x100xf32>
}

// exp of a product's operand would be computed for every panel: it is stored.
// CHECK-LABEL: func.func @expensive(
// CHECK:       %[[E:.*]] = net.kernel
// CHECK:         net.exp
// CHECK:       net.kernel
// CHECK:         net.einsum "ab,bc->ac" %[[E]]
func.func @expensive(%x: tensor<64x32xf32>, %w: tensor<32x16xf32>) -> tensor<64x16xf32> {
  %e = net.exp %x : tensor<64x32xf32>
  %p = net.einsum "ab,bc->ac" %e, %w : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  func.return %p : tensor<64x16xf32>
}

// A transpose, and a constant, cost nothing inside a kernel.
// CHECK-LABEL: func.func @free(
// CHECK:       net.kernel
// CHECK-DAG:     net.constant
// CHECK-DAG:     net.transpose
// CHECK:         net.mul
// CHECK-NOT:   net.kernel
// CHECK:       return
func.func @free(%x: tensor<30x40xf32>) -> tensor<40x30xf32> {
  %two = net.constant dense<2.0> : tensor<f32>
  %all = net.broadcast %two to [] : tensor<f32> -> tensor<40x30xf32>
  %t = net.transpose %x by [1, 0] : (tensor<30x40xf32>) -> tensor<40x30xf32>
  %y = net.mul %t, %all : tensor<40x30xf32>
  func.return %y : tensor<40x30xf32>
}

// Another kernel stands between: exp cannot join the last addition, which needs the product of it.
// CHECK-LABEL: func.func @between(
// CHECK:       %[[E:.*]] = net.kernel
// CHECK:         net.exp
// CHECK-NOT:     net.einsum
// CHECK:       net.kernel
// CHECK:         net.einsum {{.*}} %[[E]], %[[E]]
// CHECK:         net.add {{.*}}%[[E]]
// CHECK-NOT:   net.kernel
// CHECK:       return
func.func @between(%x: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %e = net.exp %x : tensor<32x32xf32>
  %p = net.einsum "ab,bc->ac" %e, %e : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  %y = net.add %e, %p : tensor<32x32xf32>
  func.return %y : tensor<32x32xf32>
}

// The update is computed where its gradient is, before that is stored: nobody else reads it.
// CHECK-LABEL: func.func @update(
// CHECK:       net.kernel : tensor<32x16xf32>
// CHECK:         net.einsum
// CHECK:         net.mul
// CHECK:         net.sub
// CHECK-NOT:   net.kernel
// CHECK:       return
func.func @update(%w: tensor<32x16xf32>, %x: tensor<64x32xf32>, %dy: tensor<64x16xf32>, %rate: tensor<f32>) -> tensor<32x16xf32> {
  %g = net.einsum "ba,bc->ac" %x, %dy : (tensor<64x32xf32>, tensor<64x16xf32>) -> tensor<32x16xf32>
  %rates = net.broadcast %rate to [] : tensor<f32> -> tensor<32x16xf32>
  %step = net.mul %rates, %g : tensor<32x16xf32>
  %next = net.sub %w, %step : tensor<32x16xf32>
  func.return %next : tensor<32x16xf32>
}

// What nobody reads is in no kernel.
// CHECK-LABEL: func.func @dead
// CHECK-NOT: net.sub
// CHECK: return
func.func @dead(%a: tensor<1xf32>, %b: tensor<1x1xf32>) -> tensor<4xf32> {
  %0 = net.einsum "i,ij->j" %a, %b : (tensor<1xf32>, tensor<1x1xf32>) -> tensor<1xf32>
  %1 = net.sin %0 : tensor<1xf32>
  %2 = net.concat %1, %0 over 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
  %3 = net.sin %2 : tensor<2xf32>
  %4 = net.recurrence %3, %2 over 0 : tensor<2xf32>
  %5 = net.neg %2 : tensor<2xf32>
  %6 = net.sub %2, %3 : tensor<2xf32>
  %7 = net.concat %4, %5 over 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return %7 : tensor<4xf32>
}
