// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad

// What a gradient says of ways through the turns of a scan that lead nowhere.

// What has no derivative inside a turn is named.
func.func @blocked(%xs: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{no derivative for a wanted value, f32[4, 3]: 'net.argmax' has none}}
  %dxs, %l = net.grad %xs : (tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<f32>) {
  ^bb0(%a: tensor<4x3xf32>):
    %ys = net.scan %a : (tensor<4x3xf32>) -> tensor<4xf32> {
    ^bb0(%x: tensor<3xf32>):
      // expected-note @+1 {{the nearest is here}}
      %i = net.argmax %x over 0 : (tensor<3xf32>) -> tensor<i32>
      %y = net.cast %i : tensor<i32> -> tensor<f32>
      net.yield %y : tensor<f32>
    }
    %l = net.sum %ys over [0] : (tensor<4xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dxs : tensor<4x3xf32>
}

// -----

// A sequence that no turn looks at.
func.func @unused(%xs: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{the loss does not depend on a value that its derivative is wanted for, f32[4]}}
  %dxs, %l = net.grad %xs : (tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  // expected-note @+1 {{this value}}
  ^bb0(%a: tensor<4xf32>):
    %one = net.constant dense<1.0> : tensor<f32>
    %l = net.scan %a with %one : (tensor<4xf32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%x: tensor<f32>, %h: tensor<f32>):
      %n = net.add %h, %h : tensor<f32>
      net.yield %n : tensor<f32>
    }
    net.yield %l : tensor<f32>
  }
  return %dxs : tensor<4xf32>
}
