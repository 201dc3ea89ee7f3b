// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad

// An error only where no way from the wanted value to the loss has a derivative.

func.func @blocked(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{no derivative for a wanted value, f32[3]: 'net.argmax' has none, and every way from the value to the loss leads through such operations}}
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %s = net.sin %v : tensor<3xf32>
    // expected-note @+1 {{the nearest is here}}
    %i = net.argmax %s over 0 : (tensor<3xf32>) -> tensor<i32>
    %y = net.cast %i : tensor<i32> -> tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<3xf32>
}

// -----

func.func @beside(%x: tensor<3xf32>) -> tensor<3xf32> {
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %i = net.argmax %v over 0 : (tensor<3xf32>) -> tensor<i32>
    %r = net.cast %i : tensor<i32> -> tensor<f32>
    %s = net.sum %v over [0] : (tensor<3xf32>) -> tensor<f32>
    %y = net.add %r, %s : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<3xf32>
}

// -----

func.func @unrelated(%x: tensor<f32>, %k: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{the loss does not depend on a value that its derivative is wanted for, f32}}
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  // expected-note @+1 {{this value}}
  ^bb0(%v: tensor<f32>):
    %y = net.sin %k : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}
