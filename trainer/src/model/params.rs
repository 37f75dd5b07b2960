//! Parameters and gradients as host vectors, all in one order: that of the module's fields.

use super::forward::Integers;
use super::latent::{Kind, Latent};
use super::tensor::to_vec;
use super::transformer::Transformer;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};

impl Transformer {
    /// Every parameter, in the order of the module's fields.
    pub fn latents(&self) -> Vec<Latent> {
        let mut read = Read::default();
        self.visit(&mut read);
        read.latents
    }

    /// The same module with other numbers, given in the order of [`Transformer::latents`].
    ///
    /// # Panics
    /// When a parameter is missing or has another size.
    pub fn with_latents<'a>(self, values: impl Iterator<Item = &'a [f32]>) -> Self {
        self.map(&mut Write(values))
    }
}

impl Integers {
    /// The gradient with respect to each parameter, in the order of [`Transformer::latents`]; zeros for a parameter
    /// that the loss does not depend on.
    pub fn gradients(&self, gradients: Gradients) -> Vec<Vec<f32>> {
        let mut take = Take {
            gradients,
            taken: Vec::new(),
        };
        self.module().visit(&mut take);
        take.taken
    }
}

#[derive(Default)]
struct Read {
    path: Vec<String>,
    latents: Vec<Latent>,
}

impl ModuleVisitor for Read {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.latents.push(Latent {
            name: self.path.join("."),
            kind: Kind::of(self.path.last().map_or("", String::as_str)),
            cols: param.val().dims()[D - 1],
            values: to_vec(param.val().inner()),
        });
    }
}

struct Write<I>(I);

impl<'a, I: Iterator<Item = &'a [f32]>> ModuleMapper for Write<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = self.0.next().expect("numbers for every parameter");
        param.map(|old| {
            let data = TensorData::new(values.to_vec(), old.shape());
            Tensor::from_data(data, &old.device())
        })
    }
}

struct Take {
    gradients: Gradients,
    taken: Vec<Vec<f32>>,
}

impl ModuleVisitor for Take {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val();
        self.taken
            .push(match values.grad_remove(&mut self.gradients) {
                Some(gradient) => to_vec(gradient),
                None => vec![0.0; values.shape().num_elements()],
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use burn::tensor::Device;

    #[test]
    fn parameters_are_named_sorted_into_kinds_and_replaced() {
        let dims = Config::preset("quick").unwrap().dims(65).unwrap();
        let model = Transformer::new(&dims, &Device::flex(), 1);
        let latents = model.latents();
        let total: usize = latents.iter().map(|latent| latent.values.len()).sum();
        assert_eq!(total as u64, dims.parameters());
        let kind = |name: &str| latents.iter().find(|l| l.name == name).unwrap().kind;
        assert_eq!(kind("embedding"), Kind::Embedding);
        assert_eq!(kind("blocks.0.qkv"), Kind::Matrix);
        assert_eq!(kind("blocks.3.relative_bias"), Kind::Bias);
        assert_eq!(kind("blocks.1.down_proj_scales"), Kind::Scale);
        assert_eq!(kind("lm_head_scales"), Kind::Scale);
        assert_eq!(kind("lm_head"), Kind::Head);
        assert_eq!(kind("blocks.2.up_proj"), Kind::Matrix);

        let negated: Vec<Vec<f32>> = latents
            .iter()
            .map(|latent| latent.values.iter().map(|v| -v).collect())
            .collect();
        let model = model.with_latents(negated.iter().map(Vec::as_slice));
        for (latent, negated) in model.latents().iter().zip(&negated) {
            assert_eq!(&latent.values, negated, "{}", latent.name);
        }
    }
}
