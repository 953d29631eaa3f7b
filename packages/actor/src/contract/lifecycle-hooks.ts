/** Members of an actor that the runtime calls; never messages. */
export const lifecycleHooks = ["onStart", "onStop", "onDown", "onExit", "onIdle", "onHandoff"] as const;
