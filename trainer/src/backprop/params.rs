//! The parameters of a model, or their gradients, as host slices.

use formats::Dims;

/// What the forward pass multiplies with, or the gradient of each of these numbers.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// `[vocab, d_model]`.
    pub embedding: Vec<f32>,
    /// The blocks, first to last.
    pub blocks: Vec<BlockParameters>,
    /// `[vocab, d_model]`.
    pub head: Vec<f32>,
    /// `[vocab]`.
    pub head_scales: Vec<f32>,
}

/// One block's part of [`Parameters`].
#[derive(Clone, Debug)]
pub struct BlockParameters {
    /// `[qkv_rows, d_model]`: the query heads, the key heads, the value heads.
    pub qkv: Vec<f32>,
    /// `[heads]`.
    pub score_scales: Vec<f32>,
    /// `[heads, context]`.
    pub distance_bias: Vec<f32>,
    /// `[d_model, d_model]`.
    pub output: Vec<f32>,
    /// `[d_model]`.
    pub output_scales: Vec<f32>,
    /// `[hidden, d_model]`.
    pub up: Vec<f32>,
    /// `[d_model, hidden]`.
    pub down: Vec<f32>,
    /// `[d_model]`.
    pub down_scales: Vec<f32>,
}

impl Parameters {
    /// Zeros, of the size of each parameter.
    pub fn zeros(dims: &Dims) -> Self {
        let (d, vocab) = (usize::from(dims.d_model), usize::from(dims.vocab_size));
        let (heads, hidden) = (usize::from(dims.heads), usize::from(dims.d_ff));
        let zeros = |len| vec![0.0; len];
        let block = BlockParameters {
            qkv: zeros(dims.qkv_rows() * d),
            score_scales: zeros(heads),
            distance_bias: zeros(heads * usize::from(dims.context)),
            output: zeros(d * d),
            output_scales: zeros(d),
            up: zeros(hidden * d),
            down: zeros(d * hidden),
            down_scales: zeros(d),
        };
        Self {
            embedding: zeros(vocab * d),
            blocks: vec![block; dims.layers.into()],
            head: zeros(vocab * d),
            head_scales: zeros(vocab),
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

    /// Sets every number to zero.
    pub fn clear(&mut self) {
        self.fields_mut()
            .into_iter()
            .for_each(|field| field.fill(0.0));
    }

    /// Every parameter, in the order of [`Transformer::latents`](crate::model::transformer::Transformer::latents).
    pub fn fields(&self) -> Vec<&Vec<f32>> {
        let mut fields = vec![&self.embedding];
        for block in &self.blocks {
            fields.extend([
                &block.qkv,
                &block.score_scales,
                &block.distance_bias,
                &block.output,
                &block.output_scales,
                &block.up,
                &block.down,
                &block.down_scales,
            ]);
        }
        fields.extend([&self.head, &self.head_scales]);
        fields
    }

    /// The same, to be written.
    pub fn fields_mut(&mut self) -> Vec<&mut Vec<f32>> {
        let mut fields = vec![&mut self.embedding];
        for block in &mut self.blocks {
            fields.extend([
                &mut block.qkv,
                &mut block.score_scales,
                &mut block.distance_bias,
                &mut block.output,
                &mut block.output_scales,
                &mut block.up,
                &mut block.down,
                &mut block.down_scales,
            ]);
        }
        fields.extend([&mut self.head, &mut self.head_scales]);
        fields
    }
}
