// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.custom_vjp: what it computes stays, its second region is the derivative; both are gone afterwards.

// CHECK-LABEL: @rounded(
// CHECK: net.custom_vjp %{{.*}} : (tensor<2xf32>) -> tensor<2xf32> {
// CHECK: } derivative {
// GRAD-LABEL: @rounded(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD-NEXT:  %[[Y:.*]] = net.round %[[X]]
// GRAD-NEXT:  return %[[Y]]
func.func @rounded(%x: tensor<2xf32>) -> tensor<2xf32> {
  %y = net.custom_vjp %x : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%v: tensor<2xf32>):
    %r = net.round %v : tensor<2xf32>
    net.yield %r : tensor<2xf32>
  } derivative {
  ^bb0(%v: tensor<2xf32>, %dy: tensor<2xf32>):
    net.yield %dy : tensor<2xf32>
  }
  return %y : tensor<2xf32>
}

// -----

// The rule, at the operands and the cotangent of the result; a whole number has none.
// GRAD-LABEL: @once(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD-NEXT:  %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD-NEXT:  %[[COS:.*]] = net.cos %[[X]]
// GRAD-NEXT:  %[[DX:.*]] = net.mul %[[COS]], %[[ONE]]
// GRAD-NEXT:  return %[[DX]]
func.func @once(%x: tensor<f32>, %i: tensor<i32>) -> tensor<f32> {
  %dx, %l = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%u: tensor<f32>):
    %y = net.custom_vjp %u, %i : (tensor<f32>, tensor<i32>) -> tensor<f32> {
    ^bb0(%v: tensor<f32>, %k: tensor<i32>):
      %s = net.sin %v : tensor<f32>
      net.yield %s : tensor<f32>
    } derivative {
    ^bb0(%v: tensor<f32>, %k: tensor<i32>, %dy: tensor<f32>):
      %c = net.cos %v : tensor<f32>
      %d = net.mul %c, %dy : tensor<f32>
      net.yield %d : tensor<f32>
    }
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'net.custom_vjp' op has a derivative that takes 'tensor<2xf32>' in place of 'tensor<2xf32>', 'tensor<2xf32>'}}
  %y = net.custom_vjp %x : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%v: tensor<2xf32>):
    net.yield %v : tensor<2xf32>
  } derivative {
  ^bb0(%dy: tensor<2xf32>):
    net.yield %dy : tensor<2xf32>
  }
  return %y : tensor<2xf32>
}

// -----

func.func @yields(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'net.custom_vjp' op has a body that yields 'tensor<f32>' in place of 'tensor<2xf32>'}}
  %y = net.custom_vjp %x : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%v: tensor<2xf32>):
    %s = net.sum %v over [0] : (tensor<2xf32>) -> tensor<f32>
    net.yield %s : tensor<f32>
  } derivative {
  ^bb0(%v: tensor<2xf32>, %dy: tensor<2xf32>):
    net.yield %dy : tensor<2xf32>
  }
  return %y : tensor<2xf32>
}

// -----

func.func private @f(tensor<f32>) -> tensor<f32> attributes {net.derivative = @g}
func.func private @g(tensor<f32>) -> tensor<f32>
func.func @call(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{'net.call' op calls 'f', whose derivative is no function of type '(tensor<f32>, tensor<f32>) -> tensor<f32>'}}
  %y = net.call @f(%x) : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
