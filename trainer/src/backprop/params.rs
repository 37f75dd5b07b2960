//! The parameters of a model, or their gradients, as host slices.

use formats::Dims;

/// What the forward pass multiplies with, or the gradient of each of these numbers.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// `[vocab_size, d_model]`.
    pub embedding: Vec<f32>,
    /// The blocks, first to last.
    pub blocks: Vec<BlockParameters>,
    /// `[vocab_size, d_model]`.
    pub lm_head: Vec<f32>,
    /// `[vocab_size]`.
    pub lm_head_scales: Vec<f32>,
}

/// One block's part of [`Parameters`].
#[derive(Clone, Debug)]
pub struct BlockParameters {
    /// `[qkv_rows, d_model]`: the query heads, the key heads, the value heads.
    pub qkv: Vec<f32>,
    /// `[heads]`.
    pub score_scales: Vec<f32>,
    /// `[heads, context]`.
    pub relative_bias: Vec<f32>,
    /// `[d_model, d_model]`.
    pub o_proj: Vec<f32>,
    /// `[d_model]`.
    pub o_proj_scales: Vec<f32>,
    /// `[d_ff, d_model]`.
    pub up_proj: Vec<f32>,
    /// `[d_model, d_ff]`.
    pub down_proj: Vec<f32>,
    /// `[d_model]`.
    pub down_proj_scales: Vec<f32>,
}

impl Parameters {
    /// Zeros, of the size of each parameter.
    pub fn zeros(dims: &Dims) -> Self {
        let (d, vocab_size) = (usize::from(dims.d_model), usize::from(dims.vocab_size));
        let (heads, d_ff) = (usize::from(dims.heads), usize::from(dims.d_ff));
        let zeros = |len| vec![0.0; len];
        let block = BlockParameters {
            qkv: zeros(dims.qkv_rows() * d),
            score_scales: zeros(heads),
            relative_bias: zeros(heads * usize::from(dims.context)),
            o_proj: zeros(d * d),
            o_proj_scales: zeros(d),
            up_proj: zeros(d_ff * d),
            down_proj: zeros(d * d_ff),
            down_proj_scales: zeros(d),
        };
        Self {
            embedding: zeros(vocab_size * d),
            blocks: vec![block; dims.layers.into()],
            lm_head: zeros(vocab_size * d),
            lm_head_scales: zeros(vocab_size),
        }
    }

    /// From vectors in the order of [`Transformer::latents`](crate::model::transformer::Transformer::latents).
    ///
    /// # Panics
    /// When there are not as many vectors as `dims` has parameters.
    pub fn from_values(dims: &Dims, values: impl IntoIterator<Item = Vec<f32>>) -> Self {
        let mut parameters = Self::zeros(dims);
        let mut values = values.into_iter();
        for field in parameters.fields_mut() {
            let value = values.next().expect("numbers for every parameter");
            assert_eq!(field.len(), value.len());
            *field = value;
        }
        parameters
    }

    /// The vectors that [`Parameters::from_values`] takes.
    pub fn into_values(mut self) -> Vec<Vec<f32>> {
        self.fields_mut().into_iter().map(std::mem::take).collect()
    }

    /// Sets to zero what the backward pass adds to, token by token or head by head; matrices it writes over at first.
    pub fn clear_sums(&mut self) {
        self.embedding.fill(0.0);
        for block in &mut self.blocks {
            block.score_scales.fill(0.0);
            block.relative_bias.fill(0.0);
        }
    }

    /// Every parameter, in the order of [`Transformer::latents`](crate::model::transformer::Transformer::latents).
    pub fn fields(&self) -> Vec<&Vec<f32>> {
        let mut fields = vec![&self.embedding];
        for block in &self.blocks {
            fields.extend([
                &block.qkv,
                &block.score_scales,
                &block.relative_bias,
                &block.o_proj,
                &block.o_proj_scales,
                &block.up_proj,
                &block.down_proj,
                &block.down_proj_scales,
            ]);
        }
        fields.extend([&self.lm_head, &self.lm_head_scales]);
        fields
    }

    /// The same, to be written.
    pub fn fields_mut(&mut self) -> Vec<&mut Vec<f32>> {
        let mut fields = vec![&mut self.embedding];
        for block in &mut self.blocks {
            fields.extend([
                &mut block.qkv,
                &mut block.score_scales,
                &mut block.relative_bias,
                &mut block.o_proj,
                &mut block.o_proj_scales,
                &mut block.up_proj,
                &mut block.down_proj,
                &mut block.down_proj_scales,
            ]);
        }
        fields.extend([&mut self.lm_head, &mut self.lm_head_scales]);
        fields
    }
}
