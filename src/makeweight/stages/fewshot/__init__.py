"""Learn to tell classes apart that were never trained on.

One cell is one labeling. The whole grid: `dvc exp run -S 'labelings=[coarse,fine,joined]' -S fewshot.repeats=3`; a
sweep: `dvc exp run --queue -S 'fewshot.network.width=64,128,256,512' -S 'fewshot.losses.mining=semi_hard,batch_hard'`.
"""
