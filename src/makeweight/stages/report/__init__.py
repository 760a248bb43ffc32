"""The stage `report`: one page that works offline, made from what lies in metrics/ and plots/."""
