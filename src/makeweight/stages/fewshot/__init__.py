"""Few-shot learning: telling classes apart that no network was trained on.

One cell is one labeling. The whole grid: `dvc exp run -S 'labelings=[coarse,fine,joined]' -S fewshot.repeats=3`; a
sweep: `dvc exp run --queue -S 'fewshot.network.embedding_dim=64,128' -S 'fewshot.losses.mining=semi_hard,batch_hard'`.
"""
