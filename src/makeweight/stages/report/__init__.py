"""The stage `report`: one page that works offline, made from metrics/ and plots/."""
