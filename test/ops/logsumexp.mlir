// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.logsumexp: the derivative is softmax; 0 where everything is -inf.

// CHECK-LABEL: @named(
// CHECK: net.logsumexp %{{.*}} over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32> {
  %y = net.logsumexp %x over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: @everything(
// CHECK: net.logsumexp %{{.*}} over [1, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
func.func @everything(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32> {
  %y = net.logsumexp %x over [1, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.logsumexp %[[X]] over [1]
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[C:.*]] = net.constant dense<0xFF800000>
// GRAD:       %[[BROADCAST2:.*]] = net.broadcast %[[C]] to [] : {{.*}} -> tensor<?xf32, #net.sizes<[B]>>
// GRAD:       %[[EQ:.*]] = net.eq %[[Y]], %[[BROADCAST2]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[BROADCAST3:.*]] = net.broadcast %[[ZERO]] to [] : {{.*}} -> tensor<?xf32, #net.sizes<[B]>>
// GRAD:       %[[WHERE:.*]] = net.where %[[EQ]], %[[BROADCAST3]], %[[Y]]
// GRAD:       %[[BROADCAST4:.*]] = net.broadcast %[[DY]] to [0] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       %[[BROADCAST5:.*]] = net.broadcast %[[WHERE]] to [0] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       %[[SUB:.*]] = net.sub %[[X]], %[[BROADCAST5]]
// GRAD:       %[[EXP:.*]] = net.exp %[[SUB]]
// GRAD:       %[[MUL2:.*]] = net.mul %[[BROADCAST4]], %[[EXP]]
// GRAD:       return %[[MUL2]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %w: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3xf32, #net.sizes<[B, 3]>>):
    %y = net.logsumexp %v over [1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xf32, #net.sizes<[B]>>
    %p = net.mul %y, %w : tensor<?xf32, #net.sizes<[B]>>
    %l = net.sum %p over [0] : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 2 of f32[2, 3]}}
  // expected-error @+1 {{'net.logsumexp' op failed to infer returned types}}
  %y = net.logsumexp %x over [2] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 0 of f32[2, 3]}}
  // expected-error @+1 {{'net.logsumexp' op failed to infer returned types}}
  %y = net.logsumexp %x over [0, 0] : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'net.logsumexp' op failed to infer returned types}}
  // expected-error @+1 {{'net.logsumexp' op inferred type(s) 'tensor<3xf32>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  %y = net.logsumexp %x over [0] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<3xi32>) {
  // expected-error @+1 {{'net.logsumexp' op operand #0 must be tensor of real numbers with named sizes, but got 'tensor<3xi32>'}}
  %y = net.logsumexp %x over [0] : (tensor<3xi32>) -> tensor<i32>
  return
}
