"""Parts of the robustness benchmark: pages whose right reading is known."""
