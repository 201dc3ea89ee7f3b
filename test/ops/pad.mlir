// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.pad: an array among equal values; both have derivatives.

// CHECK-LABEL: @named(
// CHECK: net.pad %{{.*}} with %{{.*}} from <[0, 1]> by [0, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) -> tensor<?x5xf32, #net.sizes<[B, 5]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %v: tensor<f32>) -> tensor<?x5xf32, #net.sizes<[B, 5]>> {
  %y = net.pad %x with %v from #net.sizes<[0, 1]> by [0, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) -> tensor<?x5xf32, #net.sizes<[B, 5]>>
  return %y : tensor<?x5xf32, #net.sizes<[B, 5]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[V:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.pad %[[X]] with %[[V]] from <[1]> by [1] : {{.*}} -> tensor<7xf32>
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[BROADCAST2:.*]] = net.broadcast %[[ZERO]] to [] : {{.*}} -> tensor<3xf32>
// GRAD:       %[[PAD:.*]] = net.pad %[[BROADCAST2]] with %[[ONE]] from <[1]> by [1] : {{.*}} -> tensor<7xf32>
// GRAD:       %[[SLICE:.*]] = net.slice %[[DY]] from <[1]> by [2] : {{.*}} -> tensor<3xf32>
// GRAD:       %[[MUL2:.*]] = net.mul %[[DY]], %[[PAD]]
// GRAD:       %[[SUM:.*]] = net.sum %[[MUL2]] over [0]
// GRAD:       return %[[SLICE]], %[[SUM]]
func.func @derivative(%x: tensor<3xf32>, %e: tensor<f32>, %w: tensor<7xf32>) -> (tensor<3xf32>, tensor<f32>) {
  %dx, %de, %loss = net.grad %x, %e : (tensor<3xf32>, tensor<f32>) -> (tensor<3xf32>, tensor<f32>, tensor<f32>) {
  ^bb0(%vx: tensor<3xf32>, %ve: tensor<f32>):
    %y = net.pad %vx with %ve from #net.sizes<[1]> by [1] : (tensor<3xf32>, tensor<f32>) -> tensor<7xf32>
    %p = net.mul %y, %w : tensor<7xf32>
    %l = net.sum %p over [0] : (tensor<7xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx, %de : tensor<3xf32>, tensor<f32>
}

// -----

func.func @wrong(%x: tensor<3xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{'net.pad' op has -1 elements between neighbours}}
  %y = net.pad %x with %v from #net.sizes<[0]> by [-1] : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>, %v: tensor<f64>) {
  // expected-error @+1 {{'net.pad' op mixes element types}}
  %y = net.pad %x with %v from #net.sizes<[0]> by [0] : (tensor<3xf32>, tensor<f64>) -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{'net.pad' op wants a place and a distance for each axis of f32[3]}}
  %y = net.pad %x with %v from #net.sizes<[0, 0]> by [0] : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return
}
